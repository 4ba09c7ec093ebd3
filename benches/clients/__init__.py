"""The clients that are compared: a module each, with a function for each operation.

A function takes the sizes and gives seconds of one operation, or bytes of one series. A client has
no function for what it cannot do, or the function gives None. A module imports its client, and can
be imported only where that is installed.
"""
