"""Values and rules: no input, no output, nothing imported from the other rooms."""
