# Make the web client's bundles beforehand: else the first page, and every tour, makes its own.
env["ir.qweb"]._pregenerate_assets_bundles()
env.cr.commit()
