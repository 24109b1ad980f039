"""The keeper: the small process beside the daemon that holds process trees and their output. Standard library only."""
