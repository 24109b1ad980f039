"""Speaks HTTP and WebSocket; decides nothing."""
