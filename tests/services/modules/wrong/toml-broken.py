# expect: error at 4 in file: the block of metadata is not TOML | Texts stand in double quotes
# /// script
# [tool.control-center]
# name = Download
# ///
"""Says hello."""
