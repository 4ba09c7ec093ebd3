"""The clients that are compared: a module for each, with a function for each operation.

A function takes the sizes and returns the seconds of one operation, or the bytes of one series. If
a client cannot do an operation, it has no function for it, or the function returns None. A module
imports its client, and can be imported only where that is installed.
"""
