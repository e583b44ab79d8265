"""Shows a run as lines, a live tree, a rich diff, or JSON. All are made from the same events.

Layout and wording are Pulumi's (source: pulumi/pulumi, `pkg/backend/display`).
"""
