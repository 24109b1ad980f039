# expect: error at 4 in command: what is run is this script itself | Leave `command` out
# /// script
# [tool.control-center]
# command = ["python3", "other.py"]
# ///
"""Says hello."""
