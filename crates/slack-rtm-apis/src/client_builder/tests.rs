//! Tests of the builder with app-level tokens.

use std::sync::Arc;

use super::ClientBuilder;
use crate::{CallBudget, Client};

fn builder() -> ClientBuilder {
    Client::builder().base_url("http://127.0.0.1:1/api")
}

#[test]
fn a_call_budget_is_used_for_both_tokens() {
    let budget = Arc::new(CallBudget::new());
    for builder in [
        builder().token("xoxb-1").app_token("xapp-1"),
        builder().app_token("xapp-1"),
        builder().token("xapp-1"),
    ] {
        let client = builder.call_budget(budget.clone()).build().unwrap();
        assert!(Arc::ptr_eq(client.call_budget(), &budget));
        assert!(Arc::ptr_eq(client.app_client().unwrap().call_budget(), &budget));
    }
}

#[test]
fn each_token_has_its_own_call_budget_by_default() {
    let client = builder().token("xoxb-1").app_token("xapp-1").build().unwrap();
    let app = client.app_client().unwrap();
    assert!(!Arc::ptr_eq(client.call_budget(), app.call_budget()));
    assert!(Arc::ptr_eq(client.app_client().unwrap().call_budget(), app.call_budget()));
}

#[test]
fn the_error_of_an_app_level_token_names_it() {
    for (builder, setting, text) in [
        (builder(), "token", "missing"),
        (builder().app_token("xapp 1"), "app_token", "whitespace"),
        (
            builder().app_token_from_env("SLACK_RTM_NO_SUCH_VARIABLE"),
            "app_token",
            "SLACK_RTM_NO_SUCH_VARIABLE",
        ),
        (builder().token("xoxb-1").app_token("xapp 1"), "app_token", "whitespace"),
        (builder().token("xoxb 1").app_token("xapp-1"), "token", "whitespace"),
    ] {
        let error = builder.build().unwrap_err();
        assert_eq!(error.setting(), setting, "{error}");
        assert!(error.to_string().contains(text), "{error}");
    }
    assert!(!builder().app_token("xapp-1").build().unwrap().has_bot_token());
}
