"""Helpers of several test files that are no fixtures."""
