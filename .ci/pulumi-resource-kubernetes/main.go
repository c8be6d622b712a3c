// The provider's own program embeds a file that its module lacks: `make` generates it.
package main

import (
	"os"
	"path/filepath"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version"
)

func main() {
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	// `.ci/install` copies it out of the module. An import asks it for the properties of a resource.
	schema, err := os.ReadFile(filepath.Join(filepath.Dir(self), "schema.json"))
	if err != nil {
		panic(err)
	}
	// No mapping of Terraform's names: only `pulumi convert` asks for it.
	provider.Serve("kubernetes", version.Version, schema, nil)
}
