"""Manifests of a fleet for the Pulumi Kubernetes Operator, for those who run that in place of `digo fleet up`.

Source of its fields and of what it does with them: pulumi/pulumi-kubernetes-operator v2.9.0,
`deploy/crds/pulumi.com_stacks.yaml` and `operator/internal/controller/pulumi/stack_controller.go`.
"""
