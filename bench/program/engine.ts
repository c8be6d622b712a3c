import * as grpc from "@grpc/grpc-js";
import engineService from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import engineProto from "@pulumi/pulumi/proto/engine_pb.js";
import monitorService from "@pulumi/pulumi/proto/resource_grpc_pb.js";
import monitorProto from "@pulumi/pulumi/proto/resource_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";

/**
 * The two services of an engine that a program talks to, answering at once what a preview of a new stack answers. What
 * a program takes against them is its own share of a preview: no engine, no provider and no Pulumi CLI is in it.
 */
export interface BenchEngine {
  readonly address: string;
  /** Types of what was registered since the start. */
  readonly registered: readonly string[];
  /** What the program logged as an error or a warning. */
  readonly complaints: readonly string[];
  stop(): void;
}

type Handler<Request, Response> = grpc.handleUnaryCall<Request, Response>;

/** An answer that needs nothing but the question. */
function answering<Request, Response>(answer: (request: Request) => Response): Handler<Request, Response> {
  return ({ request }, callback) => {
    callback(null, answer(request));
  };
}

/** What is asked of the engine about this stack's own state: it is new. */
const NO_STATE = struct.Struct.fromJavaScript({ outputs: {} });

export async function startEngine(): Promise<BenchEngine> {
  const registered: string[] = [];
  const complaints: string[] = [];
  let root = "";
  const server = new grpc.Server({ "grpc.max_receive_message_length": -1 });
  server.addService(monitorService.ResourceMonitorService, {
    supportsFeature: answering(() => {
      const response = new monitorProto.SupportsFeatureResponse();
      response.setHassupport(true);
      return response;
    }),
    registerPackage: answering(() => {
      const response = new monitorProto.RegisterPackageResponse();
      response.setRef("package");
      return response;
    }),
    registerResource: answering((request: InstanceType<typeof monitorProto.RegisterResourceRequest>) => {
      registered.push(request.getType());
      const response = new monitorProto.RegisterResourceResponse();
      response.setUrn(`urn:pulumi:bench::bench::${request.getType()}::${request.getName()}`);
      response.setObject(request.getObject());
      return response;
    }),
    registerResourceOutputs: answering(() => new empty.Empty()),
    invoke: answering(() => {
      const response = new monitorProto.ResourceInvokeResponse();
      response.setReturn(NO_STATE);
      return response;
    }),
    signalAndWaitForShutdown: answering(() => new empty.Empty()),
  });
  server.addService(engineService.EngineService, {
    log: answering((request: InstanceType<typeof engineProto.LogRequest>) => {
      if (request.getSeverity() >= engineProto.LogSeverity.WARNING) complaints.push(request.getMessage());
      return new empty.Empty();
    }),
    getRootResource: answering(() => {
      const response = new engineProto.GetRootResourceResponse();
      response.setUrn(root);
      return response;
    }),
    setRootResource: answering((request: InstanceType<typeof engineProto.SetRootResourceRequest>) => {
      root = request.getUrn();
      return new engineProto.SetRootResourceResponse();
    }),
  });
  const port = await new Promise<number>((bound, failed) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, at) => {
      if (error) failed(error);
      else bound(at);
    });
  });
  return {
    address: `127.0.0.1:${port}`,
    registered,
    complaints,
    stop: () => {
      server.forceShutdown();
    },
  };
}
