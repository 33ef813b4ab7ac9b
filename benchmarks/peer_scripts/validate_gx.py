"""Great Expectations: the bench's contract on a Parquet file."""

import sys

import great_expectations as gx
import great_expectations.expectations as gxe
import pandas as pd

table = pd.read_parquet(sys.argv[1])
floats = [name for name in table.columns if name.startswith("f") and name != "few"]
context = gx.get_context(mode="ephemeral")
asset = context.data_sources.add_pandas("bench").add_dataframe_asset("bench")
batch = asset.add_batch_definition_whole_dataframe("all")
suite = context.suites.add(gx.ExpectationSuite(name="bench"))
wanted = [
    gxe.ExpectTableRowCountToBeBetween(min_value=1001),
    gxe.ExpectColumnValuesToBeUnique(column="key"),
    gxe.ExpectColumnValuesToBeBetween(column="count", min_value=0, max_value=1000),
    gxe.ExpectColumnValuesToBeInSet(column="few", value_set=["a0", "a1", "a2", "a3", "a4"]),
    gxe.ExpectColumnMaxToBeBetween(column="at", min_value=pd.Timestamp("2020-01-01")),
    *(gxe.ExpectColumnValuesToNotBeNull(column=name) for name in ("key", "count", "few", "some", "many", "at")),
    *(gxe.ExpectColumnValuesToBeOfType(column=name, type_="float64") for name in floats),
    *(gxe.ExpectColumnValuesToBeBetween(column=name, min_value=-100, max_value=100) for name in floats),
]
for expectation in wanted:
    suite.add_expectation(expectation)
result = context.validation_definitions.add(gx.ValidationDefinition(name="bench", data=batch, suite=suite)).run(
    batch_parameters={"dataframe": table}
)
assert result.success, [str(one.expectation_config) for one in result.results if not one.success]
