"""Stand-ins for what is not to be had without a cloud: providers that speak Pulumi's protocol, and a cloud of files.

They never pretend: their version says `stand-in`, and each says so in the engine's log when it is configured.
"""
