import {registry} from "@web/core/registry";

// Needs the customer "Jade Dragon Ltd." with 300.00 overdue; the Python test creates it.
registry.category("web_tour.tours").add("sales_collection_worklist", {
    steps: () => [
        {
            content: "the card says who and why",
            trigger: ".o_kanban_record:contains(Jade Dragon):contains(300.00):contains(never called)",
        },
        {
            content: "one click: not reached",
            trigger: ".o_kanban_record:contains(Jade Dragon) button[name=action_not_reached]",
            run: "click",
        },
        {
            content: "it is not to call today any more",
            trigger: ".o_kanban_view:not(:has(.o_kanban_record:contains(Jade Dragon)))",
        },
        {
            trigger: ".o_facet_remove",
            run: "click",
        },
        {
            trigger: ".o_kanban_record:contains(Jade Dragon):contains(Not reached)",
        },
        {
            content: "he calls himself and promises",
            trigger: ".o_kanban_record:contains(Jade Dragon) button[name=action_promise]",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=amount] input",
            run: "edit 200",
        },
        {
            trigger: ".modal .o_field_widget[name=note] textarea",
            run: "edit By bank transfer",
        },
        {
            trigger: ".modal .o_field_widget[name=date] button, .modal .o_field_widget[name=date] input",
            run: "click",
        },
        {
            trigger: ".o_datetime_picker .o_today, .o_date_item_cell.o_today",
            run: "click",
        },
        {
            trigger: ".modal footer .o_form_button_save",
            run: "click",
        },
        {
            trigger: ".o_kanban_record:contains(Jade Dragon):contains(200.00 promised)",
        },
        {
            content: "another result, with a note",
            trigger: ".o_kanban_record:contains(Jade Dragon) button[name=action_log_call]",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=note] textarea",
            run: "edit Asks for a copy",
        },
        {
            trigger: ".modal footer .o_form_button_save",
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal)) .o_kanban_record:contains(Jade Dragon):contains(Reached)",
        },
        {
            trigger: ".o_kanban_record:contains(Jade Dragon) .fs-5",
            run: "click",
        },
        {
            content: "he is called back today",
            trigger: ".o_form_statusbar button[name=action_call_back]",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=next_date] button, .modal .o_field_widget[name=next_date] input",
            run: "click",
        },
        {
            trigger: ".o_datetime_picker .o_today, .o_date_item_cell.o_today",
            run: "click",
        },
        {
            trigger: ".modal footer .o_form_button_save",
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal)) .o_form_view",
        },
        {
            trigger: "a.nav-link[name=promises]",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=promise_ids] .o_data_row:contains(200.00)",
        },
    ],
});
