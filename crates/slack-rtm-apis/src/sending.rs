//! Sends calls: makes their requests, and repeats them according to the retry policy.

use std::time::Duration;

use http::header::ACCEPT;
use http::{HeaderMap, HeaderValue};

use crate::generated::SERVICE;
use crate::transport::{self, Exchange};
use crate::{
    BaseUrl, Client, ConfigError, Error, Method, Operation, Parameters, Response, RetryPolicy, interpret,
};

/// The options of a call.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) method: Option<Method>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) headers: HeaderMap,
    pub(crate) base_url: Option<BaseUrl>,
    pub(crate) retry: Option<RetryPolicy>,
}

/// Sends a call, repeats it according to the retry policy, and returns the typed response.
pub(crate) async fn send<O: Operation>(
    client: &Client,
    request: &O,
    options: &Options,
) -> Result<Response<O::Response>, Error<O::Refusal>> {
    let policy = options.retry.or(client.inner().retry);
    let mut failed = 0;
    loop {
        let exchange = exchange(client, request, options)?;
        // A stream can be sent only once.
        let policy = policy.filter(|_| exchange.is_replayable);
        let raw = transport::exchange(&client.inner().http, exchange).await.map_err(Error::from);
        let error = match raw.and_then(interpret::interpret::<O>) {
            Ok(response) => {
                let warnings = if SERVICE.refuses_with_ok { response.warnings() } else { Vec::new() };
                for warning in warnings {
                    tracing::warn!(method = O::NAME, warning, "Slack returned a warning");
                }
                return Ok(response);
            }
            Err(error) => error,
        };
        failed += 1;
        tracing::debug!(method = O::NAME, failed, %error, "the call failed");
        let wait = policy
            .and_then(|policy| policy.wait(failed, error.failure(policy.may_repeat::<O>()), fastrand::f64()));
        match wait {
            Some(wait) => client.suspend_clock().sleep(wait).await,
            None => return Err(error),
        }
    }
}

/// Makes the HTTP request of a call.
pub(crate) fn exchange<O: Operation>(
    client: &Client,
    request: &O,
    options: &Options,
) -> Result<Exchange, ConfigError> {
    let inner = client.inner();
    let mut parameters = Parameters::default();
    request.encode(&mut parameters);
    let is_replayable = parameters.is_replayable();
    let method = choose::<O>(options.method, &parameters)?;
    let encoded = parameters.encode(O::PATH, method)?;
    let own_server = match O::SERVER {
        Some(server) if inner.has_default_base_url => {
            Some(BaseUrl::new(server, inner.allow_plain_http)?.check_tls(inner.has_tls)?)
        }
        _ => None,
    };
    let base_url = options.base_url.as_ref().or(own_server.as_ref()).unwrap_or(&inner.base_url);
    let mut url = base_url.join(&encoded.path);
    url.set_query(encoded.query.as_deref());
    let mut headers = encoded.headers;
    // Headers of the client replace those of the operation, and headers of the call replace both.
    for set in [&*inner.headers, &options.headers] {
        for name in set.keys() {
            headers.remove(name);
        }
        headers.extend(set.clone());
    }
    inner.credentials.apply(O::SECURITY, &mut headers, &mut url)?;
    if !headers.contains_key(ACCEPT) {
        let value = HeaderValue::try_from(O::ACCEPT)
            .map_err(|source| ConfigError::new("accept", "not a valid header value").with_source(source))?;
        headers.insert(ACCEPT, value);
    }
    Ok(Exchange {
        method: method.into(),
        url,
        headers,
        payload: encoded.payload,
        is_replayable,
        timeout: options.timeout.unwrap_or(inner.timeout),
        max_body: inner.max_body,
    })
}

/// Returns the HTTP method of a call. GET and POST are interchangeable if the request consists of arguments only.
fn choose<O: Operation>(wanted: Option<Method>, parameters: &Parameters) -> Result<Method, ConfigError> {
    let is_either = |method| matches!(method, Method::Get | Method::Post);
    match wanted {
        Some(method) if method != O::METHOD => {
            if is_either(method) && is_either(O::METHOD) && parameters.is_arguments() {
                Ok(method)
            } else {
                let only = http::Method::from(O::METHOD);
                Err(ConfigError::new("method", format!("`{}` must be called with {only}", O::NAME)))
            }
        }
        _ => Ok(O::METHOD),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Call, NoContent};

    struct Elsewhere;

    impl Operation for Elsewhere {
        type Response = NoContent;
        type Refusal = NoContent;

        const NAME: &'static str = "elsewhere";
        const PATH: &'static str = "/elsewhere";
        const METHOD: Method = Method::Get;
        const SERVER: Option<&'static str> = Some("https://files.example.com/v2");
        const ACCEPT: &'static str = "image/png, text/plain";

        fn encode(&self, _: &mut Parameters) {}
    }

    #[test]
    fn a_call_asks_for_the_media_types_of_the_response_unless_others_are_set() {
        let client = Client::builder().token("xoxb-1").build().unwrap();
        let accept = |call: Call<Elsewhere>| {
            let exchange = exchange(&client, &Elsewhere, &call.options.unwrap()).unwrap();
            exchange.headers[ACCEPT].to_str().unwrap().to_owned()
        };
        assert_eq!(accept(client.call(Elsewhere)), "image/png, text/plain");
        assert_eq!(accept(client.call(Elsewhere).with_accept("text/csv")), "text/csv");
    }

    #[test]
    fn an_operation_with_a_server_of_its_own_is_called_there_unless_another_is_set() {
        let builder = || Client::builder().token("xoxb-1");
        let url = |client: &Client, call: Call<Elsewhere>| {
            exchange(client, &Elsewhere, &call.options.unwrap()).unwrap().url.to_string()
        };
        let client = builder().build().unwrap();
        assert_eq!(url(&client, client.call(Elsewhere)), "https://files.example.com/v2/elsewhere");
        let call = client.call(Elsewhere).with_base_url("https://b.example.com");
        assert_eq!(url(&client, call), "https://b.example.com/elsewhere");
        let client = builder().base_url("http://127.0.0.1:1/api").build().unwrap();
        assert_eq!(url(&client, client.call(Elsewhere)), "http://127.0.0.1:1/api/elsewhere");
    }
}
