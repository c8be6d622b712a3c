// Whence `.ci/install` takes the definition of HTTPRoutes. To upgrade: `go get sigs.k8s.io/gateway-api@VERSION`, run here.
module pulumi-tempo.invalid/gateway-api

go 1.24.0

require sigs.k8s.io/gateway-api v1.4.1
