import {registry} from "@web/core/registry";

// Need the customer "Jade Dragon Ltd." with a limit of 1,000, of which 252.25 are used; the Python test creates it.
registry.category("web_tour.tours").add("sales_plan_credit_customer", {
    steps: () => [
        {
            content: "limit, exposure and what is left",
            trigger: ".o_data_row:contains(Jade Dragon):contains(1,000.00):contains(252.25):contains(747.75)",
        },
        {
            content: "cards have the same figures",
            trigger: ".o_switch_view.o_kanban",
            run: "click",
        },
        {
            trigger:
                ".o_kanban_record:contains(Jade Dragon) .o_credit_bar:contains(Available):contains(747.75) .progress-bar",
        },
        {
            trigger: ".o_kanban_record:contains(Jade Dragon) .fw-bolder",
            run: "click",
        },
        {
            content: "the form opens",
            trigger: "a.nav-link[name=credit]",
            run: "click",
        },
        {
            trigger: ".o_credit_bar:contains(Overdue):contains(252.25, 10 days)",
        },
        {
            trigger: "button[name=action_credit_hold]",
            run: "click",
        },
        {
            trigger: ".modal footer .btn-primary",
            run: "click",
        },
        {
            trigger: ".alert-danger:contains(On hold)",
        },
        {
            trigger: ".o_field_widget[name=credit_hold_reason] input",
            run: "edit Cheque bounced",
        },
        {
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            trigger: ".o_form_saved .alert-danger:contains(Cheque bounced), .alert-danger:contains(Cheque bounced)",
        },
        {
            content: "the documents behind the figure",
            trigger: "button[name=action_view_credit_exposure]",
            run: "click",
        },
        {
            trigger: ".o_pivot:contains(252.25)",
        },
    ],
});

registry.category("web_tour.tours").add("sales_plan_credit_order", {
    steps: () => [
        {
            content: "the panel says what is left after this order",
            trigger: ".o_credit_panel:contains(Available):contains(647.75)",
        },
        {
            content: "it follows typing",
            trigger: ".o_data_row .o_data_cell[name=price_unit]",
            run: "click",
        },
        {
            trigger: ".o_selected_row .o_field_widget[name=price_unit] input",
            run: "edit 800",
        },
        {
            trigger: ".o_form_sheet",
            run: "click",
        },
        {
            trigger: ".o_credit_panel:contains(Over the limit by):contains(52.25)",
        },
        {
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            trigger: ".o_form_saved",
        },
    ],
});
