# Companies with a chart of accounts, for the tests (PreparedCompanies): archived, so that they are in nobody's way.
for name in ("company_1", "company_2"):
    company = env["res.company"].create({"name": f"Prepared {name}"})
    env["account.chart.template"].try_loading("generic_coa", company=company, install_demo=False)
    company.account_fiscal_country_id = company.account_fiscal_country_id or env.ref("base.us")
    env["stock.warehouse"].create({"company_id": company.id})  # Odoo makes one where it runs tests
    env.user.company_ids -= company
    company.active = False
    env["ir.model.data"].create({"module": "__setup__", "name": name, "model": company._name, "res_id": company.id})
env.cr.commit()
