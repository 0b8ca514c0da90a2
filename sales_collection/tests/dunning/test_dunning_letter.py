import base64
import unicodedata
from datetime import date
from io import BytesIO

from pypdf import PdfReader

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import HttpCase, freeze_time, new_test_user, tagged
from odoo.tools import html2plaintext

from .dunning_dispatch_common import DispatchCommon

LETTER = "sales_collection.dunning_notice_action_letter"


class LetterCommon(DispatchCommon):
    def _set_up_d4(self):
        """1,000 and 500 overdue, 300 credited, 250 received and not allocated, 700 not yet due."""
        self._invoice(1000, "2026-10-01")
        self._invoice(500, "2026-09-30")
        self._invoice(300, "2026-10-01", move_type="out_refund")
        self._receive(250, "2026-10-02")
        self._invoice(700, "2026-11-15")

    def _get_mail_text(self, notice):
        text = self._get_mails(notice).body_html
        for joiner, plain in (("\N{NO-BREAK SPACE}", " "), ("\N{ZERO WIDTH NO-BREAK SPACE}", "")):
            text = text.replace(joiner, plain)
        return " ".join(text.split())

    def _print(self, notices):
        """Return the pages of the PDF that wkhtmltopdf makes of letters, as texts."""
        report = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        with self.allow_pdf_render():
            content, kind = report._render_qweb_pdf(LETTER, notices.ids)
        self.assertEqual(kind, "pdf")
        return self._read_pages(content)

    @staticmethod
    def _read_pages(content):
        # Fonts may map Chinese characters to their look-alikes among the radicals.
        texts = [unicodedata.normalize("NFKC", page.extract_text()) for page in PdfReader(BytesIO(content)).pages]
        return [" ".join(text.split()) for text in texts]


@tagged("post_install", "-at_install")
@freeze_time("2026-10-04")
class TestDunningMailText(LetterCommon):
    """What the e-mail says."""

    def test_d4_figures(self):
        self._set_up_d4()
        notice = self._approve()
        self._dispatch()
        text = self._get_mail_text(notice)
        for figure in ("950.00", "700.00", "1,650.00", "1,000.00", "500.00", "-300.00", "-250.00"):
            self.assertIn(figure, text)
        self.assertIn("Amount due: <b>$ 950.00</b>", text)
        self.assertIn("Not yet due", text)
        # Reminders too: nothing is called overdue that may not be due yet.
        self.assertIn("Open items", text)

    def test_one_letter_with_totals_per_currency(self):
        eur = self.env.ref("base.EUR")
        eur.active = True
        self._invoice(1000, "2026-10-01")
        self._invoice(200, "2026-10-01", currency=eur)
        self._invoice(50, "2026-10-01", currency=eur)
        notice = self._approve()
        self._dispatch()
        self.assertEqual(len(self._get_mails(notice)), 1)
        text = self._get_mail_text(notice)
        self.assertIn("Amount due: <b>$ 1,000.00</b>", text)
        self.assertIn("Amount due: <b>250.00 €</b>", text)

    def test_language_of_the_contact(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.l1.with_context(lang="fr_FR").name = "Premier rappel"
        self.customer.lang = "fr_FR"
        other = self._create_customers(1)
        self._invoice(1234.5, "2026-10-01")
        notices = self._approve()
        self._dispatch()
        french, english = (
            self._get_mails(notices.filtered(lambda n, p=partner: n.partner_id == p))
            for partner in (self.customer, other)
        )
        self.assertTrue(french.subject.startswith("Premier rappel"))
        self.assertIn("01/10/2026", french.body_html)
        self.assertIn("234,50", french.body_html)
        self.assertTrue(english.subject.startswith("First"))
        self.assertIn("10/01/2026", english.body_html)

    def test_no_full_stop_of_another_language_after_figures(self):
        """A full stop by itself would not be translated."""
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env.ref("base.module_sales_collection")._update_translations(["zh_CN"])
        self.customer.lang = "zh_CN"
        self.env.company.partner_id.bank_ids = [
            Command.create({"acc_number": "6222 0001", "partner_id": self.env.company.partner_id.id})
        ]
        self._invoice(1000, "2026-10-01")
        self._invoice(70, "2026-12-01")
        notice = self._approve()
        self._dispatch()
        text = " ".join(html2plaintext(self._get_mail_text(notice)).split())
        self.assertIn(f"汇款时请注明 *{notice.name}*", text)
        self.assertIn("未到期款项：", text)
        self.assertNotRegex(text, r"[\d*元]\.(\D|$)")

    def test_text_of_the_level_and_of_its_kind(self):
        self._invoice(1000, "2026-10-01")
        notice = self._approve()
        levels = (self.l0, "soon_due"), (self.l1, "reminder"), (self.l2, "demand"), (self.l3, "final")
        for level, kind in levels:
            notice.sudo().level_id = level
            self.assertEqual(notice._get_letter_kind(), kind)
        self.l3.is_legal = True
        self.assertEqual(notice._get_letter_kind(), "legal")
        notice.sudo().level_id = self.l1
        self.l1.letter_text = "<p>Please think of us.</p>"
        self._dispatch()
        text = self._get_mail_text(notice)
        self.assertIn("Please think of us.", text)
        self.assertNotIn("According to our records", text)

    def test_sender_and_answers(self):
        self._invoice(1000, "2026-10-01")
        notice = self._approve()
        self._dispatch()
        mail = self._get_mails(notice)
        self.assertEqual(mail.email_from, '"Huaxin Trading" <office@huaxin.example>')
        self.assertEqual(mail.reply_to, '"Lin Collector" <lin@huaxin.example>')
        self.assertIn("Lin Collector, +1 555 0111", self._get_mail_text(notice))

    def test_template_of_the_level(self):
        self.l1.mail_template_id = (
            self.env["mail.template"]
            .sudo()
            .create(
                {
                    "name": "Own",
                    "model_id": self.env["ir.model"]._get_id("dunning.notice"),
                    "use_default_to": True,
                    "subject": "Own {{ object.name }}",
                    "body_html": "<p>Own text</p>",
                }
            )
        )
        self._invoice(1000, "2026-10-01")
        notice = self._approve()
        self._dispatch()
        mail = self._get_mails(notice)
        self.assertEqual((mail.subject, mail.recipient_ids), (f"Own {notice.name}", self.customer))

    def test_preview_writes_nothing(self):
        self._set_up_d4()
        notice = self._propose("2026-10-04")
        action = notice.with_user(self.user_collector).action_preview()
        preview = self.env[action["res_model"]].with_user(self.user_collector).browse(action["res_id"])
        self.assertEqual(preview.email_to, '"Jade Dragon Ltd." <jade@customer.example>')
        self.assertIn("950.00", preview.body_html)
        self.assertFalse(preview.attachment_names)
        self.l1.write({"channel_letter": True, "attach_invoices": True})
        preview.invalidate_recordset()
        names = [invoice._get_invoice_report_filename() for invoice in notice._get_claimed_invoices()]
        self.assertEqual(len(names), 2)
        for name in [*names, ".pdf"]:
            self.assertIn(name, preview.attachment_names)
        for shown in (preview.attachment_names, preview.subject, preview.body_html):
            self.assertNotIn("False", shown, "a proposal has no number yet")
        self.assertIn(f"{notice.level_id.name}: ", preview.subject)
        self.assertNotIn("quoting", preview.body_html)
        self.assertEqual(preview.action_print_letter()["report_name"], "sales_collection.report_dunning_letter")
        self.assertFalse(self._get_mails(notice))
        self.assertEqual(notice.state, "draft")

    def test_preview_without_mail(self):
        self.l1.write({"channel_email": False, "channel_letter": True})
        self._invoice(1000, "2026-10-01")
        preview = self.env["dunning.notice.preview"].create({"notice_id": self._propose("2026-10-04").id})
        self.assertFalse(preview.subject)
        self.assertFalse(preview.body_html)


@tagged("post_install", "-at_install")
@freeze_time("2026-10-04")
class TestDunningDocuments(LetterCommon):
    """Each e-mail carries its own documents, and only those."""

    def test_each_mail_carries_its_own_letter_and_invoices(self):
        self.l1.write({"channel_letter": True, "attach_invoices": True})
        self._create_customers(3)
        notices = self._approve()
        self._dispatch()
        seen = self.env["ir.attachment"].sudo()
        for notice in notices:
            attachments = self._get_mails(notice).attachment_ids
            invoice = notice.line_ids.move_id
            self.assertEqual(
                set(attachments.mapped("name")), {notice.letter_id.name, invoice._get_invoice_report_filename()}
            )
            contents = " ".join(str(base64.b64decode(datas)) for datas in attachments.mapped("datas"))
            for other in notices:
                self.assertEqual(other.partner_id.name in contents, other == notice)
            self.assertFalse(attachments & seen)
            seen |= attachments

    def test_invoice_goes_as_it_was_sent(self):
        self.l1.attach_invoices = True
        invoice = self._invoice(1000, "2026-10-01").move_id
        self.env["ir.attachment"].create(
            {
                "name": "as-sent.pdf",
                "raw": b"%PDF as sent",
                "res_model": "account.move",
                "res_id": invoice.id,
                "res_field": "invoice_pdf_report_file",
            }
        )
        invoice.invalidate_recordset()
        notice = self._approve()
        self._dispatch()
        attachment = self._get_mails(notice).attachment_ids
        self.assertEqual((attachment.name, attachment.raw), ("as-sent.pdf", b"%PDF as sent"))

    def test_without_the_channels_nothing_is_attached(self):
        self._invoice(1000, "2026-10-01")
        notice = self._approve()
        self._dispatch()
        self.assertFalse(self._get_mails(notice).attachment_ids)

    def test_resend_carries_the_same_documents(self):
        self.l1.channel_letter = True
        self._invoice(1000, "2026-10-01")
        notice = self._approve()
        self._dispatch()
        notice.with_user(self.user_manager).action_resend()
        first, second = self._get_mails(notice)
        self.assertEqual((first.attachment_ids, second.attachment_ids), (notice.sudo().letter_id,) * 2)


@tagged("post_install", "-at_install")
@freeze_time("2026-10-04")
class TestDunningLetter(LetterCommon):
    """The letter as wkhtmltopdf prints it."""

    def test_letter(self):
        self.customer.write({"street": "Harbour Road 8", "city": "Ningbo", "zip": "315000", "ref": "K-118"})
        bank = self.env["res.bank"].create({"name": "Bank of Ningbo", "bic": "BKNBCN2N"})
        self.env["res.partner.bank"].create(
            {"acc_number": "6222 0000 1111", "partner_id": self.company.partner_id.id, "bank_id": bank.id}
        )
        self._set_up_d4()
        notice = self._approve()
        (text,) = self._print(notice)
        for expected in (
            "Huaxin Trading",
            "Jade Dragon Ltd.",
            "Harbour Road 8",
            "K-118",
            notice.name,
            "First",
            "Lin Collector",
            "+1 555 0111",
            "6222 0000 1111",
            "Bank of Ningbo",
            "950.00",
            "700.00",
            "1,650.00",
            "10/04/2026",
            *notice.line_ids.mapped("name"),
        ):
            self.assertIn(expected, text)

    def test_letter_in_chinese(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.l1.with_context(lang="zh_CN").write(
            {"name": "催款函", "letter_text": "<p>贵公司尚欠我公司货款，请尽快支付。</p>"}
        )
        self.customer.write({"name": "金山贸易有限公司", "lang": "zh_CN"})
        self._invoice(1000, "2026-10-01")
        (text,) = self._print(self._approve())
        for expected in ("金山贸易有限公司", "贵公司尚欠我公司货款", "2026"):
            self.assertIn(expected, text)
        self.assertIn("催款函", text.replace(" ", ""))

    def test_many_letters_are_one_file_with_each_customer_once(self):
        self._create_customers(3)
        notices = self._approve()
        pages = self._print(notices)
        self.assertEqual(len(pages), 3)
        for notice, page in zip(notices, pages, strict=True):
            for other in notices:
                self.assertEqual(other.partner_id.name in page, other == notice)

    def test_a_long_letter_takes_several_pages(self):
        for number in range(60):
            self._invoice(10 + number, "2026-10-01")
        pages = self._print(self._approve())
        self.assertGreater(len(pages), 1)
        # 10 + 11 + ... + 69
        self.assertIn("2,370.00", pages[-1])

    def test_what_was_sent_stays_as_it_was(self):
        self.l1.channel_letter = True
        item = self._invoice(1000, "2026-10-01")
        notice = self._approve().sudo()
        with self.allow_pdf_render():
            notice.with_context(force_report_rendering=True)._try_dispatch()
        self.assertEqual(notice.state, "sent", notice.error)
        letter = notice.letter_id
        self.assertEqual((letter.res_model, letter.res_id), ("dunning.notice", notice.id))
        self._receive(400, date(2026, 10, 4), item)
        self.customer.name = "Renamed Ltd."
        (text,) = self._print(notice)
        self.assertIn("Jade Dragon Ltd.", text)
        self.assertIn("1,000.00", text)
        self.assertEqual(text, self._read_pages(letter.raw)[0])

    def test_contract_and_order_numbers(self):
        product = self.env["product.product"].create({"name": "Goods", "invoice_policy": "order", "taxes_id": False})
        order = (
            self.env["sale.order"]
            .sudo()
            .create(
                {
                    "partner_id": self.customer.id,
                    "company_id": self.company.id,
                    "contract_number": "HT-2026-118",
                    "order_line": [Command.create({"product_id": product.id, "price_unit": 100})],
                }
            )
        )
        order.action_confirm()
        invoice = order._create_invoices()
        invoice.write(
            {"invoice_date": "2026-09-01", "invoice_date_due": "2026-10-01", "invoice_payment_term_id": False}
        )
        invoice.action_post()
        self.assertEqual(self._propose("2026-10-04").sudo()._get_contract_numbers(), {invoice: "HT-2026-118"})


@tagged("post_install", "-at_install")
@freeze_time("2026-10-04")
class TestDunningLetterAccess(LetterCommon, HttpCase):
    """Customers and other companies' people get no notice, whatever address they try."""

    def test_portal_users_get_nothing(self):
        self.l1.channel_letter = True
        self._invoice(1000, "2026-10-01")
        notice = self._approve()
        self._dispatch()
        portal = new_test_user(self.env, "sc_portal", "base.group_portal")
        portal.sudo().partner_id.parent_id = self.customer
        letter = notice.sudo().letter_id
        with self.assertRaises(AccessError):
            letter.with_user(portal).read(["raw"])
        with self.assertRaises(AccessError):
            self.env["ir.actions.report"].with_user(portal)._render_qweb_html(LETTER, notice.ids)
        self.authenticate("sc_portal", "sc_portal")
        for address in (
            f"/web/content/{letter.id}",
            f"/report/pdf/sales_collection.report_dunning_letter/{notice.id}",
            f"/report/html/sales_collection.report_dunning_letter/{notice.id}",
        ):
            response = self.url_open(address)
            self.assertNotIn("Jade Dragon", response.text)
            self.assertFalse(response.ok and response.content.startswith(b"%PDF"))

    def test_a_salesperson_gets_no_letter_of_a_colleague(self):
        seller = self._create_user("seller", "sales_team.group_sale_salesman")
        self._invoice(1000, "2026-10-01")
        notice = self._approve()
        with self.assertRaises(AccessError):
            notice.with_user(seller).action_print_letter()
        with self.assertRaises(AccessError):
            notice.with_user(seller).action_preview()
        with self.assertRaises(AccessError):
            self.env["ir.actions.report"].with_user(seller)._render_qweb_html(LETTER, notice.ids)
        self.customer.user_id = seller
        html = self.env["ir.actions.report"].with_user(seller)._render_qweb_html(LETTER, notice.ids)[0]
        self.assertIn(b"Jade Dragon Ltd.", html)
