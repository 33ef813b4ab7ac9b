"""The ways in: each builds its adapters, calls the pipeline, and says what came of it."""
