import {registry} from "@web/core/registry";

// Needs the quotation "SC-TOUR" of the salesperson, which the Python test creates.
registry.category("web_tour.tours").add("sales_control_request_review", {
    steps: () => [
        {
            content: "the banner says before anything is pressed that a decision is needed",
            trigger: ".o_review_banner:contains(needs approval)",
        },
        {
            content: "confirm",
            trigger: ".o_statusbar_buttons button[name=action_confirm]:not(.d-none)",
            run: "click",
        },
        {
            content: "it waits, and says for whom",
            trigger: ".o_review_banner:contains(Under review):contains(Ma Manager)",
        },
        {
            content: "the figures are there",
            trigger: ".o_review_banner:contains(60,000.00):contains(50,000.00)",
        },
        {
            content: "still a quotation",
            trigger: ".o_statusbar_status .o_arrow_button_current:contains(Quotation)",
        },
        {
            content: "the requester himself has no button to approve",
            trigger: ".o_statusbar_buttons:not(:has(button[name=action_approve_review]))",
        },
        {
            content: "the history of the review",
            trigger: "a.nav-link[name=review]",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=review_step_ids] .o_data_row:contains(Ma Manager)",
        },
    ],
});

registry.category("web_tour.tours").add("sales_control_approve_from_inbox", {
    steps: () => [
        {
            content: "the figures show without opening the order",
            trigger: ".o_data_row:contains(SC-TOUR):contains(60,000.00)",
        },
        {
            content: "select it",
            trigger: ".o_data_row:contains(SC-TOUR) .o_list_record_selector input",
            run: "click",
        },
        {
            content: "approve what is selected",
            trigger: ".o_control_panel button[name=action_approve_mine]",
            run: "click",
        },
        {
            content: "it is said how many were approved",
            trigger: ".o_notification:contains(1 approved)",
        },
        {
            content: "nothing waits any more",
            trigger: ".o_view_nocontent:contains(Nothing is awaiting your decision)",
        },
    ],
});

registry.category("web_tour.tours").add("sales_control_reject_from_inbox", {
    steps: () => [
        {
            trigger: ".o_switch_view.o_kanban",
            run: "click",
        },
        {
            content: "reject on the card",
            trigger: ".o_kanban_record:contains(SC-TOUR) button[name=action_open_reject_wizard]",
            run: "click",
        },
        {
            content: "the reason is asked for",
            trigger: ".modal .o_field_widget[name=comment] textarea",
            run: "edit Ask for an advance payment first",
        },
        {
            trigger: ".modal footer button[name=action_reject]",
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal)) .o_view_nocontent:contains(Nothing is awaiting your decision)",
        },
    ],
});
