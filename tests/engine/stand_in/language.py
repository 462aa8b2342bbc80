"""The process `pulumi-language-python`: runs the program for the Pulumi command line, as its own language host would.

The protocol's server is the Automation API's; what differs is where the program is and what it needs.
"""

import contextlib
import importlib.metadata
import os
import runpy
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
from google.protobuf import empty_pb2
from pulumi.automation._server import LanguageServer
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

from coditect.rehearsal.provider import PACKAGES


class StandInLanguageHost(LanguageServer):
    """Method names are the protocol's."""

    def __init__(self, engine_address: str) -> None:
        super().__init__(lambda: None)
        self._engine_address = engine_address

    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:  # noqa: N802
        return plugin_pb2.PluginInfo(version=f"{importlib.metadata.version('pulumi')}+stand-in")

    def GetRequiredPackages(  # noqa: N802
        self, request: language_pb2.GetRequiredPackagesRequest, context: grpc.ServicerContext
    ) -> language_pb2.GetRequiredPackagesResponse:
        return language_pb2.GetRequiredPackagesResponse(
            packages=[
                plugin_pb2.PackageDependency(
                    name=name, kind="resource", version=importlib.metadata.version(f"pulumi-{name}")
                )
                for name in PACKAGES
            ]
        )

    def Run(self, request: language_pb2.RunRequest, context: grpc.ServicerContext) -> language_pb2.RunResponse:  # noqa: N802
        options = dict(request.info.options.items())
        interpreter = Path(request.info.root_directory, str(options.get("virtualenv", "")))
        if interpreter.resolve() != Path(sys.prefix).resolve():
            context.abort(
                grpc.StatusCode.FAILED_PRECONDITION,
                f"stand-in: Pulumi.yaml runs the program in {interpreter}, this test runs in {sys.prefix}",
            )
        program = Path(request.info.program_directory, request.info.entry_point)
        self.program = lambda: _run(program)
        # The Automation API's server takes the engine's address from there.
        request.args.insert(0, self._engine_address)
        with contextlib.chdir(request.info.program_directory):
            response: language_pb2.RunResponse = super().Run(request, context)  # type: ignore[no-untyped-call]  # the Automation API leaves it untyped
            return response

    def RunPlugin(  # noqa: N802
        self, request: language_pb2.RunPluginRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.RunPluginResponse]:
        """Runs a policy pack, as the real host does, and passes on what it writes: first of all its port."""
        process = subprocess.Popen(
            [sys.executable, "-u", "-m", "pulumi.policy", self._engine_address, request.info.program_directory],
            cwd=request.pwd,
            env={**os.environ, **dict(variable.split("=", 1) for variable in request.env)},
            stdout=subprocess.PIPE,
        )
        context.add_callback(process.kill)
        assert process.stdout is not None
        for line in process.stdout:
            yield language_pb2.RunPluginResponse(stdout=line)
        yield language_pb2.RunPluginResponse(exitcode=process.wait())


def _run(program: Path) -> None:
    runpy.run_path(str(program), run_name="__main__")


def serve(engine_address: str) -> None:
    """Serves until the engine ends this process."""
    server = grpc.server(ThreadPoolExecutor(max_workers=4))
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(StandInLanguageHost(engine_address), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    # The command line interrupts it when the program is done.
    with contextlib.suppress(KeyboardInterrupt):
        server.wait_for_termination()
