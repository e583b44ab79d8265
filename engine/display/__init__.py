"""What the user sees of a run: lines, a live tree, a rich diff, or JSON, each from the same events.

Layout and wording follow Pulumi's (source: pulumi/pulumi, `pkg/backend/display`).
"""
