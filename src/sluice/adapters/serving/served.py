"""Serves a function or an MLflow model on lines: a JSON list of rows comes in, a JSON list of predictions goes out.

This file runs by itself, under the user's Python, which needs not have Sluice. Its arguments are what is served
(``call`` or ``model``), its name, and the repository's root. What the model prints goes elsewhere.
"""

import sys

if __name__ == "__main__":
    # The folder of this file comes first on the path of a script: nothing there is the user's.
    sys.path.pop(0)

import importlib
import json
import os
import traceback
from pathlib import Path


def main(kind, name, root):
    """Answer every line until there are no more; what fails is told, and ends the process."""
    answers = os.fdopen(os.dup(1), "wb", 0)
    os.dup2(2, 1)
    sys.stdout = os.fdopen(os.dup(2), "w", buffering=1)
    sys.path.insert(0, root)
    try:
        predict = found(name) if kind == "call" else loaded(str(Path(root, name)))
        for line in sys.stdin.buffer:
            answers.write(answered(predict, json.loads(line)) + b"\n")
    except BaseException as error:
        traceback.print_exc()
        answers.write(json.dumps({"error": type(error).__name__}).encode() + b"\n")
        sys.exit(1)


def found(call):
    """The function that ``package.module:name`` names."""
    module, _, name = call.partition(":")
    function = importlib.import_module(module)
    for part in name.split("."):
        function = getattr(function, part)
    return function


def loaded(folder):
    """The model of an MLflow folder, as a function of rows."""
    import mlflow.pyfunc
    from mlflow.utils.proto_json_utils import dataframe_from_parsed_json

    model = mlflow.pyfunc.load_model(folder)
    schema = model.metadata.get_input_schema()

    def predict(rows):
        return model.predict(dataframe_from_parsed_json(rows, pandas_orient="records", schema=schema))

    return predict


def answered(predict, rows):
    """The predictions as JSON; numbers that are none are no predictions."""
    returned = predict(rows)
    if hasattr(returned, "to_dict") and hasattr(returned, "columns"):
        returned = returned.to_dict(orient="records")
    elif hasattr(returned, "tolist"):
        returned = returned.tolist()
    return json.dumps(list(returned), allow_nan=False, default=plain).encode()


def plain(value):
    """What JSON has no word for, as NumPy's own numbers and arrays."""
    return value.tolist() if hasattr(value, "tolist") else str(value)


if __name__ == "__main__":
    main(*sys.argv[1:])
