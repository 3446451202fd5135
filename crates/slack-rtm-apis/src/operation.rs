//! What an operation is: the trait of all request types.

use crate::{FromResponse, Method, Parameters, SecurityScheme, error_codes};

/// An operation of the API: a request type with its arguments. The generated request types implement it; implement it for methods that this crate does not have.
///
/// A refusal, a body with `"ok": false`, is decoded as [`Refusal`](Self::Refusal); `slack_rtm_models::ErrorResponse` fits every method. Its code determines
/// whether it is fatal or transient, so that a [`RetryPolicy`](crate::RetryPolicy) works for every operation.
///
/// ```no_run
/// use serde::Deserialize;
/// use slack_rtm_apis::{Client, Method, Operation, Parameters};
/// use slack_rtm_models::ErrorResponse;
///
/// struct RemindersDelete {
///     reminder: String,
/// }
///
/// #[derive(Deserialize)]
/// struct Deleted {}
///
/// impl Operation for RemindersDelete {
///     type Response = Deleted;
///     type Refusal = ErrorResponse;
///
///     const NAME: &'static str = "reminders.delete";
///     const PATH: &'static str = "/reminders.delete";
///     const METHOD: Method = Method::Post;
///
///     fn encode(&self, parameters: &mut Parameters) {
///         parameters.push("reminder", &self.reminder);
///     }
/// }
///
/// # async fn f(client: Client) -> Result<(), Box<dyn std::error::Error>> {
/// client.call(RemindersDelete { reminder: "Rm12345678".to_owned() }).send().await?;
/// # Ok(())
/// # }
/// ```
pub trait Operation: Send + Sync {
    /// The typed response.
    type Response: FromResponse;
    /// The typed body of a refusal.
    type Refusal: FromResponse;

    /// The name of the API method, such as `rtm.connect`.
    const NAME: &'static str;
    /// The path below the base URL, with parameters in braces.
    const PATH: &'static str;
    /// The default HTTP method.
    const METHOD: Method;

    /// The base URL of this operation, if it is served elsewhere than the others. It applies to a client with the default base URL; a base URL set with
    /// [`ClientBuilder::base_url`](crate::ClientBuilder::base_url) or [`Call::with_base_url`](crate::Call::with_base_url) applies to this operation too. The
    /// default is `None`.
    const SERVER: Option<&'static str> = None;

    /// The alternative sets of credentials. A call uses the first set whose credentials are all configured; an empty slice or an empty set stands for no
    /// credentials. The default is the token of the client.
    const SECURITY: &'static [&'static [SecurityScheme]] = &[&[SecurityScheme::Token]];

    /// The default `Accept` header. The default is `application/json`.
    const ACCEPT: &'static str = "application/json";

    /// Adds the parameters of the request.
    fn encode(&self, parameters: &mut Parameters);

    /// Whether the call is idempotent: sending it twice has the same effect as sending it once. A [`RetryPolicy`](crate::RetryPolicy) repeats a call that is
    /// not idempotent only after a failure that proves that Slack did not process it. The default depends on [`METHOD`](Self::METHOD): all HTTP methods except POST and
    /// PATCH are idempotent.
    ///
    /// The repetition of an idempotent call can be refused with a code such as `already_pinned`, which confirms the effect of the first one.
    const IS_IDEMPOTENT: bool = Self::METHOD.is_idempotent();

    /// Returns whether a refusal with this code is permanent until the token, the app, the workspace or the call is changed.
    ///
    /// The default implementation covers the codes that all of Slack's methods share.
    fn is_fatal(code: &str, refusal: &Self::Refusal) -> bool {
        let _ = refusal;
        error_codes::is_fatal_code(code)
    }

    /// Returns whether a refusal with this code is known to be temporary.
    ///
    /// The default implementation covers the codes that all of Slack's methods share.
    fn is_transient(code: &str, refusal: &Self::Refusal) -> bool {
        let _ = refusal;
        error_codes::is_transient_code(code)
    }
}
