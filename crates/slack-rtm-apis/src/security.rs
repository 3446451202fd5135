//! Credentials of calls.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{AUTHORIZATION, COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue};
use url::Url;

use crate::{ConfigError, Token};

/// A security scheme: the kind and location of a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecurityScheme {
    /// The token, in the `Authorization` header.
    Token,
    /// A user and a password, in the `Authorization` header.
    Basic,
    /// An API key, in the header with this name.
    Header(&'static str),
    /// An API key, in the query parameter with this name.
    Query(&'static str),
    /// An API key, in the cookie with this name.
    Cookie(&'static str),
}

/// The configured credentials. They are never printed.
#[derive(Clone, Default)]
pub(crate) struct Credentials {
    token: Option<Token>,
    others: Vec<(SecurityScheme, String)>,
}

impl Credentials {
    /// Replaces the token.
    pub(crate) fn with_token(mut self, token: Token) -> Self {
        self.token = Some(token);
        self
    }

    /// Returns the token, if there is one.
    #[cfg(feature = "socket-mode")]
    pub(crate) fn token(&self) -> Option<&Token> {
        self.token.as_ref()
    }

    /// Adds an API key, or `user:password`.
    pub(crate) fn with(mut self, scheme: SecurityScheme, value: &str) -> Result<Self, ConfigError> {
        let malformed = || ConfigError::new("credentials", format!("{} is malformed", describe(scheme)));
        let value = match scheme {
            SecurityScheme::Basic => format!("Basic {}", STANDARD.encode(value)),
            _ => value.to_owned(),
        };
        let is_cookie = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | ',' | ';' | '\\');
        match scheme {
            SecurityScheme::Cookie(_) if !value.chars().all(is_cookie) => return Err(malformed()),
            SecurityScheme::Header(name) => {
                HeaderName::try_from(name).map_err(|_| malformed())?;
                HeaderValue::try_from(&value).map_err(|_| malformed())?;
            }
            _ => {}
        }
        if value.is_empty() {
            return Err(ConfigError::new("credentials", format!("{} is empty", describe(scheme))));
        }
        self.others.retain(|(known, _)| *known != scheme);
        self.others.push((scheme, value));
        Ok(self)
    }

    fn has(&self, scheme: SecurityScheme) -> bool {
        match scheme {
            SecurityScheme::Token => self.token.is_some(),
            other => self.others.iter().any(|(known, _)| *known == other),
        }
    }

    /// Adds the credentials of the first alternative for which all are configured to a request.
    pub(crate) fn apply(
        &self,
        alternatives: &[&[SecurityScheme]],
        headers: &mut HeaderMap,
        url: &mut Url,
    ) -> Result<(), ConfigError> {
        let is_set =
            |schemes: &&&[SecurityScheme]| !schemes.is_empty() && schemes.iter().all(|it| self.has(*it));
        let Some(schemes) = alternatives.iter().find(is_set) else {
            // An alternative can be empty.
            let needs_none = alternatives.is_empty() || alternatives.iter().any(|schemes| schemes.is_empty());
            return if needs_none { Ok(()) } else { Err(missing(alternatives)) };
        };
        for scheme in *schemes {
            let value = self.others.iter().find(|(known, _)| known == scheme).map_or("", |(_, value)| value);
            let malformed = || ConfigError::new("credentials", format!("{} is malformed", describe(*scheme)));
            let header = |text: &str| {
                let mut value = HeaderValue::try_from(text).map_err(|_| malformed())?;
                value.set_sensitive(true);
                Ok::<_, ConfigError>(value)
            };
            match (scheme, &self.token) {
                (SecurityScheme::Token, Some(token)) => drop(headers.insert(AUTHORIZATION, token.header())),
                (SecurityScheme::Token, None) => {}
                (SecurityScheme::Basic, _) => drop(headers.insert(AUTHORIZATION, header(value)?)),
                (SecurityScheme::Header(name), _) => {
                    headers.insert(HeaderName::try_from(*name).map_err(|_| malformed())?, header(value)?);
                }
                (SecurityScheme::Query(name), _) => drop(url.query_pairs_mut().append_pair(name, value)),
                (SecurityScheme::Cookie(name), _) => {
                    let others = headers.get(COOKIE).and_then(|cookies| cookies.to_str().ok());
                    let mut cookies = others.map_or_else(String::new, |others| format!("{others}; "));
                    let _ = write!(cookies, "{name}={value}");
                    headers.insert(COOKIE, header(&cookies)?);
                }
            }
        }
        Ok(())
    }
}

fn describe(scheme: SecurityScheme) -> String {
    match scheme {
        SecurityScheme::Token => "the token".to_owned(),
        SecurityScheme::Basic => "the user's password".to_owned(),
        SecurityScheme::Header(name) | SecurityScheme::Query(name) | SecurityScheme::Cookie(name) => {
            format!("the API key `{name}`")
        }
    }
}

fn missing(alternatives: &[&[SecurityScheme]]) -> ConfigError {
    let all = alternatives.iter().map(|schemes| {
        let all: Vec<String> = schemes.iter().map(|scheme| describe(*scheme)).collect();
        all.join(" and ")
    });
    let all: Vec<String> = all.collect();
    ConfigError::new(
        "credentials",
        format!("the call requires {}; set it on the builder of the client", all.join(", or ")),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: SecurityScheme = SecurityScheme::Header("X-Key");
    const QUERY: SecurityScheme = SecurityScheme::Query("key");
    const COOKIE_KEY: SecurityScheme = SecurityScheme::Cookie("sid");

    fn applied(
        credentials: &Credentials,
        alternatives: &[&[SecurityScheme]],
    ) -> Result<(String, HeaderMap), ConfigError> {
        let mut url: Url = "https://example.com/a?b=c".parse().unwrap();
        let mut headers = HeaderMap::from_iter([(COOKIE, HeaderValue::from_static("x=1"))]);
        credentials.apply(alternatives, &mut headers, &mut url)?;
        Ok((url.to_string(), headers))
    }

    #[test]
    fn the_first_complete_alternative_is_sent() {
        let credentials = Credentials::default().with(KEY, "SECRET").unwrap().with(QUERY, "a b").unwrap();
        let credentials =
            credentials.with(COOKIE_KEY, "c=").unwrap().with(SecurityScheme::Basic, "u:pä").unwrap();
        let (url, headers) =
            applied(&credentials, &[&[SecurityScheme::Token], &[KEY, QUERY, COOKIE_KEY]]).unwrap();
        assert_eq!(url, "https://example.com/a?b=c&key=a+b");
        assert_eq!(headers["x-key"], "SECRET");
        assert_eq!(headers["cookie"], "x=1; sid=c=");
        assert!(!format!("{headers:?}").contains("SECRET") && !headers.contains_key(AUTHORIZATION));
        let (_, headers) = applied(&credentials, &[&[SecurityScheme::Basic]]).unwrap();
        assert_eq!(headers[AUTHORIZATION], "Basic dTpww6Q=");
        let (url, headers) = applied(&credentials, &[]).unwrap();
        assert_eq!((url.as_str(), headers.len()), ("https://example.com/a?b=c", 1));
        let credentials = credentials.with_token(Token::new("T").unwrap());
        assert_eq!(
            applied(&credentials, &[&[], &[SecurityScheme::Token]]).unwrap().1[AUTHORIZATION],
            "Bearer T"
        );
    }

    #[test]
    fn missing_credentials_are_named_and_values_are_not_printed() {
        let none = Credentials::default();
        let error = applied(&none, &[&[KEY, SecurityScheme::Basic], &[SecurityScheme::Token]]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "credentials: the call requires the API key `X-Key` and the user's password, or the token; set it on the builder of the client"
        );
        assert_eq!(applied(&none, &[&[KEY], &[]]).unwrap().1.len(), 1);
        for (scheme, value) in [(KEY, "SECRET\r\nX: y"), (COOKIE_KEY, "SECRET; x"), (QUERY, "")] {
            let error = Credentials::default().with(scheme, value).err().unwrap();
            assert!(!format!("{error} {error:?}").contains("SECRET"), "{error}");
        }
    }
}
