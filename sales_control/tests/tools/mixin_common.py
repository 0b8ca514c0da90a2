from odoo.orm.model_classes import add_to_registry


def extend_model(case, definition):
    """Let a model be extended by a definition for the tests of a class.

    :param case: the `TransactionCase` class
    :param definition: a model class with `_module` None, so that nothing but these tests knows it
    """
    name = definition._name
    model = case.registry[name]
    bases, children = model._base_classes__, {parent: set() for parent in definition._inherit if parent != name}

    def restore():
        model._base_classes__ = bases
        for parent in children:
            case.registry[parent]._inherit_children.discard(name)
            model._inherit_module.pop(parent, None)
        case.registry._setup_models__(case.cr, [name])

    case.addClassCleanup(restore)
    add_to_registry(case.registry, definition)
    case.registry._setup_models__(case.cr, [name])
