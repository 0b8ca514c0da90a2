from odoo.exceptions import AccessError
from odoo.modules.module import load_script
from odoo.tests import new_test_user, tagged
from odoo.tools import html2plaintext
from odoo.tools.misc import file_path

from ..common import ReviewCommon

REACHES = "达到“Large orders”的起审金额"


@tagged("post_install", "-at_install")
class TestReviewReading(ReviewCommon):
    """People read findings in their own language, and as text: S and M English, G and D Chinese."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.customer.ref = "JADE"
        (cls.user_g | cls.user_d).lang = "zh_CN"

    def _create_pending(self, price=60000, **values):
        order = self._create_order(price, **values)
        order.action_confirm()
        return order, order.sudo().order_review_ids

    def _read(self, record, user):
        """Return a record as ``user`` reads it."""
        return record.with_user(user).with_context(lang=user.lang)

    def test_sentence(self):
        _order, review = self._create_pending()
        self.assertIn("60,000.00", self._read(review, self.user_s).message)
        self.assertIn("reaches the", self._read(review, self.user_s).message)
        self.assertIn(REACHES, self._read(review, self.user_g).message)
        self.assertIn(REACHES, self._read(review.order_id.sudo(), self.user_g).sudo().review_banner)

    def test_what_it_names_is_read_in_the_language_too(self):
        self.rule.with_context(lang="zh_CN").name = "大额订单"
        _order, review = self._create_pending()
        self.assertIn("Large orders", self._read(review, self.user_s).message)
        self.assertIn("大额订单", self._read(review, self.user_g).message)

    def test_special_contracts_and_differences(self):
        self.company.review_default_reviewer_ids = self.user_g
        terms = self.env["account.payment.term"].create([{"name": "Net 30"}, {"name": "Net 60"}])
        terms[0].with_context(lang="zh_CN").name = "三十天"
        order = self._create_order(
            480,
            contract_kind="special",
            special_reason="Bonus & gifts",
            contract_amount=500,
            contract_partner_id=self.env["res.partner"].create({"name": "Silk Road Co."}).id,
            contract_payment_term_id=terms[0].id,
            payment_term_id=terms[1].id,
        )
        order.order_line.contract_qty = 2
        order.action_confirm()
        read = {
            review.key.partition(":")[0]: self._read(review, self.user_g).message
            for review in order.sudo().order_review_ids
        }
        for key, texts in {
            "contract": ("特殊合同", "480.00", "Bonus & gifts"),
            "amount": ("500.00", "480.00", "合同金额"),
            "customer": ("Silk Road Co.", "Jade Dragon Ltd."),
            "payment_term": ("三十天", "Net 60"),
            "quantity": ("Machine", "2.00", "1.00"),
        }.items():
            for text in texts:
                self.assertIn(text, read[key])
            self.assertNotIn("ontract", read[key])

    def test_facts_of_an_earlier_version_keep_their_sentence(self):
        _order, review = self._create_pending()
        review.write({"stored_message": "60,000 is much", "facts": {"amount": 60000.0, "basis": "untaxed"}})
        self.assertEqual(self._read(review, self.user_g).message, "60,000 is much")
        review.facts = False
        self.assertEqual(self._read(review, self.user_g).message, "60,000 is much")

    def test_a_rule_that_is_gone_keeps_its_sentence(self):
        _order, review = self._create_pending()
        self.rule.unlink()
        self.env.invalidate_all()
        self.assertIn("Large orders", self._read(review, self.user_g).message)
        with self.assertRaises(AccessError):
            self._read(review, self.user_g).read(["stored_message"])

    def test_figures_of_what_is_gone(self):
        terms = self.env["account.payment.term"].create({"name": "Net 60"})
        _order, review = self._create_pending(60000, contract_payment_term_id=terms.id)
        review = review.filtered(lambda review: review.kind == "mismatch")
        self.assertIn("Net 60", review.facts_table)
        self.assertEqual([text for _label, text in review._get_fact_rows()], ["Net 60"])
        terms.unlink()
        self.env.invalidate_all()
        self.assertFalse(review.facts_table)
        self.assertIn("Net 60", review.message, "as it was asked")
        review.facts = {"contract": ["no.such.model", 1], "order": [1, 2], "days": 3, "of": ["x"]}
        self.assertEqual([text for _label, text in review._get_fact_rows()], ["[1, 2]", "3", "['x']"])

    def test_search(self):
        _order, review = self._create_pending()
        for user, word, found in (
            (self.user_m, "reaches", review),
            (self.user_m, "达到", review.browse()),
            (self.user_g, "达到", review),
            (self.user_g, "reaches", review.browse()),
            (self.user_s2, "reaches", review.browse()),
        ):
            self.assertEqual(self._read(review, user).search([("message", "ilike", word)]), found, (user.name, word))

    def test_activities_speak_to_their_user(self):
        self.env["sale.review.delegation"].create({"user_id": self.user_m.id, "delegate_id": self.user_d.id})
        order, _review = self._create_pending()
        notes = {activity.user_id: str(activity.note) for activity in order.sudo().order_review_ids.activity_ids}
        self.assertIn("reaches the", notes[self.user_m])
        self.assertIn(REACHES, notes[self.user_d])

    def test_a_rejection_speaks_to_the_salesperson(self):
        self.user_s.lang = "zh_CN"
        order, review = self._create_pending()
        self._read(review, self.user_m).action_reject("Too risky")
        activity = order.sudo().activity_ids
        self.assertEqual(activity.summary, "审批被驳回：Too risky")
        self.assertIn(REACHES, activity.note)

    def test_steps(self):
        self.company.review_default_reviewer_ids = self.user_g
        self.rule.active = False
        _order, review = self._create_pending(100, contract_kind="special", special_reason="Free installation")
        step = review.step_ids
        self.assertEqual(self._read(step, self.user_s).name, "Default reviewers")
        self.assertEqual(self._read(step, self.user_g).name, "默认审批人")
        self.rule.active = True
        _order, review = self._create_pending(250000)
        self.assertEqual(review.step_ids.mapped("name"), ["Department manager", "Gao General"])
        self.user_g.name = "Gao Retired"
        self.rule.step_ids.unlink()
        self.env.invalidate_all()
        self.assertEqual(review.step_ids.mapped("name"), ["Department manager", "Gao General"], "as it was asked")

    def test_figures_compared(self):
        _order, review = self._create_pending()
        day = self.company._get_today()
        rows = dict(self._read(review, self.user_s).sudo()._get_fact_rows())
        self.assertEqual(rows["Exchange rate date"], day.strftime("%m/%d/%Y"))
        self.assertNotIn("sale.review.rule", str(rows))
        rows = self._read(review, self.user_g).sudo()._get_fact_rows()
        self.assertIn(day.strftime("%Y/%m/%d"), [text for _label, text in rows])

    def test_statements_of_a_list_do_not_grow(self):
        def count(reviews):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            reviews.mapped("message")
            return self.env.cr.sql_log_count - before

        reviews = self.env["sale.order.review"].concat(*(self._create_pending()[1] for _index in range(12)))
        count(reviews[:2])
        self.assertEqual(count(reviews[:2]), count(reviews))

    # === TEXT IS TEXT === #

    def test_markup_in_a_reason_is_text(self):
        self.company.review_default_reviewer_ids = self.user_g
        reason = '<a href="https://evil.example">Approved</a><img src="x">'
        order, review = self._create_pending(100, contract_kind="special", special_reason=reason)
        note = str(review.activity_ids.note)
        self.assertNotIn("<a ", note)
        self.assertNotIn("<img", note)
        self.assertIn(reason, html2plaintext(note))
        for body in order.sudo().message_ids.mapped("body"):
            self.assertNotIn("<img", body)

    # === THE SHEET === #

    def _render(self, order, user):
        report = self.env["ir.actions.report"].with_user(user).with_context(lang=user.lang)
        content, _kind = report._render_qweb_html("sales_control.action_report_approval_sheet", order.ids)
        return html2plaintext(content.decode())

    def test_the_sheet_of_a_half_decided_order(self):
        order, review = self._create_pending(250000)
        review.with_user(self.user_m).action_approve("Known for years")
        accountant = self._create_salesperson("accountant", "An Accountant", "account.group_account_invoice")
        self.assertFalse(review.with_user(accountant).has_access("read"))
        for user in (self.user_s, self.user_m, self.user_g, accountant):
            text = self._render(order, user)
            self.assertNotIn("No review was requested", text, user.name)
            for expected in ("Known for years", "Ma Manager", "Gao General"):
                self.assertIn(expected, text, user.name)
        self.assertIn(REACHES, self._render(order, self.user_g))

    def test_the_sheet_is_for_employees_who_read_the_order(self):
        order, _review = self._create_pending()
        portal = new_test_user(self.env, "sc_portal", "base.group_portal", company_id=self.company.id)
        self.customer = self.customer.create({"name": "Customer", "user_ids": portal.ids})
        for user in (portal, self.user_s2):
            with self.assertRaises(AccessError):
                self._render(order, user)

    def test_stamps_in_the_chatter_prove_nothing(self):
        """Odoo lets who may write an order rewrite its messages: what is shown and printed are the records."""
        order, review = self._create_pending(250000)
        review.with_user(self.user_m).action_approve("Only this once")
        stamps = order.sudo().message_ids.filtered(lambda message: "Only this once" in message.body)
        stamps.body = "<p>Rejected · Gao General</p>"
        self.assertEqual(order.review_step_ids.filtered("decided_by").comment, "Only this once")
        text = self._render(order, self.user_s)
        self.assertIn("Only this once", text)
        self.assertNotIn("Rejected", text)


@tagged("post_install", "-at_install")
class TestReviewMigration(ReviewCommon):
    """Reviews of the version before: sentence, stake, terms, keys and steps."""

    def test_migration(self):
        contact = self.customer.create({"name": "Ms Li", "parent_id": self.customer.id})
        self.company.review_default_reviewer_ids = self.user_g
        self.company.review_auto_confirm = False
        order = self._create_order(
            60000, partner_id=contact.id, contract_kind="special", special_reason="Bonus", contract_amount=50000
        )
        order.action_confirm()
        reviews = order.sudo().order_review_ids
        self._approve_all(order)
        self.assertEqual(len(reviews), 3)
        sentences = reviews.mapped("message")
        special = reviews.filtered(lambda review: review.kind == "special")
        reviews.facts = False
        special.key = special.key.partition(":")[0]
        for review in reviews:
            review.fingerprint = review.fingerprint.replace(
                f"partner_id={self.customer.id}", f"partner_id={contact.id}"
            )
        self.env.flush_all()
        for statement in (
            "ALTER TABLE sale_order_review RENAME stored_message TO message",
            "UPDATE sale_order_review SET stake = NULL",
            "ALTER TABLE sale_order_review_step RENAME stored_name TO name",
        ):
            self.env.cr.execute(statement)
        for name in ("19.0.1.2.0/pre-migrate", "19.0.1.1.0/post-migrate"):
            path = file_path(f"sales_control/migrations/{name}.py")
            load_script(path, name.replace("/", "-")).migrate(self.env.cr, "19.0.1.0.0")
        self.env.invalidate_all()
        self.assertEqual(reviews.mapped("message"), sentences)
        self.assertEqual(reviews.mapped("stake"), reviews.mapped("measure"))
        self.assertFalse(order._get_uncovered_findings("confirm")[order])
