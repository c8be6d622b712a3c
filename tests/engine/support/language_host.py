"""As languageHost.ts, for a program in Python: `language_host.py PATH`, in the folder of the program."""

import runpy
import sys
from concurrent import futures

import grpc
from pulumi.automation._server import LanguageServer
from pulumi.runtime.proto import language_pb2_grpc

server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
language_pb2_grpc.add_LanguageRuntimeServicer_to_server(LanguageServer(lambda: runpy.run_path(sys.argv[1])), server)
port = server.add_insecure_port("127.0.0.1:0")
server.start()
print(f"127.0.0.1:{port}", flush=True)
server.wait_for_termination()
