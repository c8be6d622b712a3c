"""Runs a program on the mocks of Pulumi's SDK: its path as the argument, {config, outputs} as JSON on standard input.

Prints {resources, exports}, or {error}, as JSON.
"""

import json
import runpy
import sys

import pulumi


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


def main():
    request = json.load(sys.stdin)
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
        print(json.dumps({"error": str(error)}))
        return
    print(json.dumps({"resources": mocks.resources, "exports": known}))


main()
