"""The load balancer on this machine: Envoy, configured from the graph."""
