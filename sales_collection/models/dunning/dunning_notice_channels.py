from markupsafe import Markup

from odoo import models


class DunningNotice(models.Model):
    """Channels: to whom a notice goes, by which roads, and the note of it on the customer."""

    _name = "dunning.notice"
    _inherit = "dunning.notice"

    # === TO WHOM === #

    def _set_contacts(self):
        """Set to whom the notices of one company go."""
        by_contact = {}
        for notice, contact in self._get_contacts().items():
            if notice.contact_id != contact:
                by_contact.setdefault(contact, []).append(notice.id)
        for contact, ids in by_contact.items():
            self.browse(ids).contact_id = contact

    def _get_contacts(self):
        """Return to whom each notice of one company goes: ``{notice: contact}``; see `res.partner`."""
        mailed = self.filtered("level_id.channel_email")
        contacts = {}
        for notices in (mailed, self - mailed):
            found = notices.partner_id._get_dunning_contacts(self.company_id, by_email=notices == mailed)
            contacts.update({notice: found[notice.partner_id] for notice in notices})
        return contacts

    def _get_addressee(self):
        """Return to whom this notice went, or would go."""
        return self.contact_id or self._get_contacts()[self]

    def _get_unreachable(self):
        """Return the notices that should go by e-mail alone, to who has no address."""
        mailed = self.filtered(lambda notice: notice.level_id.channel_email and not notice.level_id.channel_letter)
        return mailed.filtered(lambda notice: not notice.contact_id.email_normalized)

    def _get_unreachable_text(self):
        return self.env._(
            "%s: no valid e-mail address. Enter one on the contact, name another dunning contact on the customer, or send "
            "the level by letter too. Then try again.",
            self.contact_id.display_name,
        )

    # === BY WHICH ROADS === #

    def _use_channels(self):
        """Send notices of one company by every channel of their levels, and note it on the customers."""
        printed = self.filtered("level_id.channel_letter")
        mailed = self.filtered("level_id.channel_email")
        # Without an address the letter does alone.
        mailed -= printed.filtered(lambda notice: not notice.contact_id.email_normalized)
        called = self.filtered("level_id.channel_activity")
        printed._make_letters()
        mailed._queue_mails()
        called._schedule_calls()
        self._log_channels(self._get_channel_names(mailed, printed, called))

    def _get_channel_names(self, mailed, printed, called):
        """Return ``{notice: [name of channel]}``."""
        channels = ((mailed, self.env._("E-mail")), (printed, self.env._("Letter")), (called, self.env._("Call")))
        return {notice: [name for notices, name in channels if notice in notices] for notice in self}

    def _stop_channels(self):
        """Cancel mails that wait, and calls that nobody has made."""
        self._get_mails().filtered(lambda mail: mail.state in ("outgoing", "exception")).cancel()
        self.activity_unlink(["sales_collection.mail_activity_type_dunning_call"])

    # === THE NOTE === #

    def _log_channels(self, channels):
        """Note on each customer that a notice went out, once per notice.

        :param channels: ``{notice: [name of channel]}``
        """
        while channels:
            # One note per customer and turn: two notices of one customer are two notes.
            turn = {notice.partner_id: notice for notice in channels}
            bodies = {partner.id: notice._get_log_note(channels[notice]) for partner, notice in turn.items()}
            self.env["res.partner"].browse(bodies)._message_log_batch(bodies)
            channels = {notice: names for notice, names in channels.items() if notice not in turn.values()}

    def _get_log_note(self, names):
        """Return the note on the customer.

        :param names: of the channels that were used
        """
        link = Markup('<a href="#" data-oe-model="dunning.notice" data-oe-id="%s">%s</a>') % (self.id, self.name)
        return self.env._(
            "Dunning notice %(link)s, %(level)s: %(channels)s",
            link=link,
            level=self.level_id.name,
            channels=", ".join(names) or self.env._("no channel"),
        )
