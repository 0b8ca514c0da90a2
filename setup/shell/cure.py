# Run in Odoo's shell on a new database.
# A distribution package may lack a script that mail's manifest names; the web client then logs an
# error on every page, and every browser tour fails. Taking the path out of the bundle cures it.
from odoo.tools.misc import file_path

MISSING = "mail/static/lib/selfie_segmentation/selfie_segmentation.js"
try:
    file_path(MISSING)
except FileNotFoundError:
    env["ir.asset"].create(
        {
            "name": "Script that this build of Odoo lacks",
            "bundle": "web.assets_backend",
            "directive": "remove",
            "path": MISSING,
        }
    )
    env.cr.commit()
