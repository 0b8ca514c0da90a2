# What most test classes need, once for all of them: two companies with accounts, and a trading company with its people.
# Where the tests do not find them, they make them.
from unittest.mock import patch

from passlib.context import CryptContext

from odoo.addons.sales_control.tests.accounting_common import AccountingCommon
from odoo.addons.sales_control.tests.common import ReviewCommon

# As in Odoo's own tests: these passwords keep nobody out.
fast = CryptContext(["pbkdf2_sha512", "plaintext"], pbkdf2_sha512__rounds=1)
with patch.object(env.registry["res.users"], "_crypt_context", lambda users: fast):
    AccountingCommon.prepare(env)
    ReviewCommon.prepare(env)
env.cr.commit()
