"""The templates of routes in frameworks that do not put them into the scope, one in each module.

Frameworks are recognized by the modules of their classes, and not imported. What a module offers is
``template(app, scope, prefix, search)``: the template in an application that gets a scope below the
prefix of mounts, where ``search.below`` does the same for any other application.
"""
