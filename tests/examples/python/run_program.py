"""Runs a program on the mocks of Pulumi's SDK, its path as the argument, once for each line of standard input.

A line is {config, outputs} as JSON. Prints a line for each: {resources, exports}, or {error}, as JSON.
"""

import json
import os
import runpy
import sys
import traceback

import pulumi

# What a program imports. It takes most of a second, so that each run is a fork of a process that has it.
import pulumi_kubernetes.apps.v1
import pulumi_kubernetes.core.v1


class Mocks(pulumi.runtime.Mocks):
    def __init__(self, outputs):
        self.outputs = outputs
        self.resources = []

    def new_resource(self, args):
        self.resources.append({"type": args.typ, "name": args.name, "inputs": args.inputs})
        if args.typ == "pulumi:pulumi:StackReference":
            return [args.name, {**args.inputs, "outputs": self.outputs, "secretOutputNames": []}]
        # An object without a name gets one, as Pulumi does it.
        metadata = {"name": f"{args.name}-5e1f", **args.inputs.get("metadata", {})}
        return [f"{args.name}-id", {**args.inputs, "metadata": metadata}]

    def call(self, args):
        raise Exception(f"the program calls {args.token}")


def answer(request):
    mocks = Mocks(request["outputs"])
    pulumi.runtime.set_mocks(mocks, project="hermes", stack="test", preview=False)
    pulumi.runtime.set_all_config({f"hermes:{key}": value for key, value in request["config"].items()})
    exports = {}
    pulumi.export = exports.__setitem__
    known = {}

    @pulumi.runtime.test
    def run():
        runpy.run_path(sys.argv[1], run_name="__main__")
        return pulumi.Output.all(**exports).apply(known.update)

    try:
        run()
    except pulumi.RunError as error:
        return {"error": str(error)}
    except Exception:
        return {"error": traceback.format_exc()}
    return {"resources": mocks.resources, "exports": known}


for line in sys.stdin:
    child = os.fork()
    if child == 0:
        print(json.dumps(answer(json.loads(line))), flush=True)
        os._exit(0)
    if os.waitpid(child, 0)[1] != 0:
        print(json.dumps({"error": "the run was killed"}), flush=True)
