# expect: error at 6 in tag: `tag` is not a key of this file | Did you mean `tags`?
# expect: error at 9 in parameters.limit.type: `integre` is not a type of parameter | Did you mean integer?
# /// script
# requires-python = ">=3.11"
# [tool.control-center]
# tag = ["web"]
#
# [tool.control-center.parameters.limit]
# type = "integre"
# ///
"""Says hello."""
