// The provider, as its own main.go starts it. That one embeds files which its release makes and its module lacks.
package main

import (
	_ "embed"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version"
)

// The module's own: `.ci/install` lays it here while it builds. An import reads it.
//
//go:embed schema.json
var schema []byte

func main() {
	// Without a mapping of Terraform's names, which only `pulumi convert` asks for.
	provider.Serve("kubernetes", version.Version, schema, nil)
}
