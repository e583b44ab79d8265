"""The tool's version; part of every plan's hash."""

VERSION = "0.2.0"
