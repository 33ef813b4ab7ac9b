"""Serves a function or an MLflow model on lines: a JSON list of rows comes in, a JSON list of predictions goes out.

This file runs by itself, under the user's Python, which needs not have Sluice. Its arguments are what is served
(``call``, ``model``, ``score`` for a model whose answers are compared, or ``shap`` for what explains them), its name,
and the repository's root. What the model prints goes elsewhere.
"""

import sys

if __name__ == "__main__":
    # The folder of this file comes first on the path of a script: nothing there is the user's.
    sys.path.pop(0)

import importlib
import json
import math
import os
import traceback
from pathlib import Path


def main(kind, name, root):
    """Answer every line until there are no more; what fails is told, and ends the process."""
    answers = os.fdopen(os.dup(1), "wb", 0)
    os.dup2(2, 1)
    sys.stdout = os.fdopen(os.dup(2), "w", buffering=1)
    # Where answers are compared, no module of the repository stands in for one that is installed.
    sys.path.insert(len(sys.path) if kind in ("score", "shap") else 0, root)
    try:
        if kind == "call":
            predict = found(name)
        elif kind == "shap":
            predict = explained(str(Path(root, name)))
        else:
            predict = loaded(str(Path(root, name)), by_class=kind == "score")
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


def loaded(folder, by_class=False):
    """The model of an MLflow folder, as a function of rows; ``by_class`` says of which class its numbers are."""
    import mlflow.pyfunc
    from mlflow.utils.proto_json_utils import dataframe_from_parsed_json

    model = mlflow.pyfunc.load_model(folder)
    schema = model.metadata.get_input_schema()

    def predict(rows):
        return model.predict(dataframe_from_parsed_json(rows, pandas_orient="records", schema=schema))

    if not by_class:
        return predict
    classes = classes_of(model)
    return lambda rows: [called(one, classes) for one in listed(predict(rows))]


def classes_of(model):
    """The classes of the model inside, in the order in which it gives their probabilities; none where it has none."""
    try:
        classes = [plain(one) for one in model.get_raw_model().classes_]
    except Exception:
        return []
    return [str(int(one)) if isinstance(one, (bool, int, float)) and one == int(one) else str(one) for one in classes]


def listed(returned):
    """An answer for each row: a number, a class, a list, or a dict where columns have names."""
    if hasattr(returned, "to_dict") and hasattr(returned, "columns"):
        if all(isinstance(name, str) for name in returned.columns):
            return returned.to_dict(orient="records")
        returned = returned.to_numpy()
    return returned.tolist() if hasattr(returned, "tolist") else list(returned)


def called(answer, classes):
    """One row's answer, a list of as many numbers as there are classes called by these; numbers that are none, null."""
    if isinstance(answer, list) and len(answer) == 1:
        answer = answer[0]
    if isinstance(answer, list) and len(answer) == len(classes):
        answer = dict(zip(classes, answer, strict=True))
    if isinstance(answer, dict):
        return {name: finite(value) for name, value in answer.items()}
    return finite(answer)


def finite(value):
    """A value as it is; numbers that are not finite become nothing."""
    value = plain(value) if hasattr(value, "tolist") else value
    return None if isinstance(value, float) and not math.isfinite(value) else value


def explained(folder):
    """The SHAP values of an MLflow model, as a function of rows: absolute ones by feature, averaged over outputs.

    Without `shap`, or for a model that no fast explainer takes, one answer says which of these it is.
    """
    try:
        shap = importlib.import_module("shap")
    except ImportError:
        return lambda rows: [{"skipped": "shap"}]
    import mlflow.pyfunc
    from mlflow.utils.proto_json_utils import dataframe_from_parsed_json

    model = mlflow.pyfunc.load_model(folder)
    schema = model.metadata.get_input_schema()

    def values(rows):
        frame = dataframe_from_parsed_json(rows, pandas_orient="records", schema=schema)
        frame = frame if schema is None else frame[[name for name in schema.input_names() if name in frame]]
        explainer = fast_explainer(shap, model.get_raw_model(), frame)
        if explainer is None:
            return [{"skipped": "model"}]
        found = abs(explainer(frame).values)
        found = found.mean(axis=2) if found.ndim == 3 else found
        return [dict(zip(map(str, frame.columns), row, strict=True)) for row in found.tolist()]

    return values


def fast_explainer(shap, model, frame):
    """The exact explainer of a tree's or a linear model; none for others, which take hours."""
    try:
        return shap.TreeExplainer(model)
    except Exception:
        return shap.LinearExplainer(model, frame) if hasattr(model, "coef_") else None


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
