def post_init_hook(env):
    """Start the history of the customers that have a salesperson already."""
    env["sale.customer.assignment"]._open_missing()
