"""Engines other than the embedded one: one file each, all behind ``domain.ports.TableEngine``."""
