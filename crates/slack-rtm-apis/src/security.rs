//! How a call says who makes it.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{AUTHORIZATION, COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue};
use url::Url;

use crate::{Client, ClientBuilder, ConfigError, Token};

/// One way in which a call says who makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scheme {
    /// The token, in the Authorization header.
    Token,
    /// A user and a password, in the Authorization header.
    Basic,
    /// A key, in the header of this name.
    Header(&'static str),
    /// A key, in the query, under this name.
    Query(&'static str),
    /// A key, in the cookie of this name.
    Cookie(&'static str),
}

/// What was set for each of them. It is never printed.
#[derive(Clone, Default)]
pub(crate) struct Credentials {
    token: Option<Token>,
    others: Vec<(Scheme, String)>,
}

impl Credentials {
    /// The same with another token.
    pub(crate) fn with_token(mut self, token: Token) -> Self {
        self.token = Some(token);
        self
    }

    /// The token, if there is one.
    #[cfg(feature = "socket-mode")]
    pub(crate) fn token(&self) -> Option<&Token> {
        self.token.as_ref()
    }

    /// The same with a key, or with `user:password`.
    fn with(mut self, scheme: Scheme, value: &str) -> Result<Self, ConfigError> {
        let malformed = || ConfigError::new("credentials", format!("{} is malformed", about(scheme)));
        let value = match scheme {
            Scheme::Basic => format!("Basic {}", STANDARD.encode(value)),
            _ => value.to_owned(),
        };
        let is_cookie = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | ',' | ';' | '\\');
        match scheme {
            Scheme::Cookie(_) if !value.chars().all(is_cookie) => return Err(malformed()),
            Scheme::Header(name) => {
                HeaderName::try_from(name).map_err(|_| malformed())?;
                HeaderValue::try_from(&value).map_err(|_| malformed())?;
            }
            _ => {}
        }
        if value.is_empty() {
            return Err(ConfigError::new("credentials", format!("{} is empty", about(scheme))));
        }
        self.others.retain(|(known, _)| *known != scheme);
        self.others.push((scheme, value));
        Ok(self)
    }

    fn has(&self, scheme: Scheme) -> bool {
        match scheme {
            Scheme::Token => self.token.is_some(),
            other => self.others.iter().any(|(known, _)| *known == other),
        }
    }

    /// Puts into a request what the first of these alternatives needs that is set as a whole.
    pub(crate) fn apply(
        &self,
        alternatives: &[&[Scheme]],
        headers: &mut HeaderMap,
        url: &mut Url,
    ) -> Result<(), ConfigError> {
        let is_set = |schemes: &&&[Scheme]| !schemes.is_empty() && schemes.iter().all(|it| self.has(*it));
        let Some(schemes) = alternatives.iter().find(is_set) else {
            // To send nothing may be one of them.
            let needs_none = alternatives.is_empty() || alternatives.iter().any(|schemes| schemes.is_empty());
            return if needs_none { Ok(()) } else { Err(missing(alternatives)) };
        };
        for scheme in *schemes {
            let value = self.others.iter().find(|(known, _)| known == scheme).map_or("", |(_, value)| value);
            let malformed = || ConfigError::new("credentials", format!("{} is malformed", about(*scheme)));
            let header = |text: &str| {
                let mut value = HeaderValue::try_from(text).map_err(|_| malformed())?;
                value.set_sensitive(true);
                Ok::<_, ConfigError>(value)
            };
            match (scheme, &self.token) {
                (Scheme::Token, Some(token)) => drop(headers.insert(AUTHORIZATION, token.header())),
                (Scheme::Token, None) => {}
                (Scheme::Basic, _) => drop(headers.insert(AUTHORIZATION, header(value)?)),
                (Scheme::Header(name), _) => {
                    headers.insert(HeaderName::try_from(*name).map_err(|_| malformed())?, header(value)?);
                }
                (Scheme::Query(name), _) => drop(url.query_pairs_mut().append_pair(name, value)),
                (Scheme::Cookie(name), _) => {
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

impl<C: From<Client>> ClientBuilder<C> {
    /// Sets what the generated code has a method for.
    #[allow(dead_code, reason = "Slack takes nothing but a token, and other documents' services take more")]
    pub(crate) fn credential(mut self, scheme: Scheme, value: &str) -> Self {
        self.credentials = self.credentials.and_then(|credentials| credentials.with(scheme, value));
        self
    }
}

fn about(scheme: Scheme) -> String {
    match scheme {
        Scheme::Token => "the token".to_owned(),
        Scheme::Basic => "the user's password".to_owned(),
        Scheme::Header(name) | Scheme::Query(name) | Scheme::Cookie(name) => format!("the key `{name}`"),
    }
}

fn missing(alternatives: &[&[Scheme]]) -> ConfigError {
    let all = alternatives.iter().map(|schemes| {
        let all: Vec<String> = schemes.iter().map(|scheme| about(*scheme)).collect();
        all.join(" and ")
    });
    let all: Vec<String> = all.collect();
    ConfigError::new(
        "credentials",
        format!("the call needs {}; set it on the client's builder", all.join(", or ")),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Scheme = Scheme::Header("X-Key");
    const QUERY: Scheme = Scheme::Query("key");
    const COOKIE_KEY: Scheme = Scheme::Cookie("sid");

    fn applied(
        credentials: &Credentials,
        alternatives: &[&[Scheme]],
    ) -> Result<(String, HeaderMap), ConfigError> {
        let mut url: Url = "https://example.com/a?b=c".parse().unwrap();
        let mut headers = HeaderMap::from_iter([(COOKIE, HeaderValue::from_static("x=1"))]);
        credentials.apply(alternatives, &mut headers, &mut url)?;
        Ok((url.to_string(), headers))
    }

    #[test]
    fn the_first_alternative_that_is_set_is_sent() {
        let credentials = Credentials::default().with(KEY, "SECRET").unwrap().with(QUERY, "a b").unwrap();
        let credentials = credentials.with(COOKIE_KEY, "c=").unwrap().with(Scheme::Basic, "u:pä").unwrap();
        let (url, headers) = applied(&credentials, &[&[Scheme::Token], &[KEY, QUERY, COOKIE_KEY]]).unwrap();
        assert_eq!(url, "https://example.com/a?b=c&key=a+b");
        assert_eq!(headers["x-key"], "SECRET");
        assert_eq!(headers["cookie"], "x=1; sid=c=");
        assert!(!format!("{headers:?}").contains("SECRET") && !headers.contains_key(AUTHORIZATION));
        let (_, headers) = applied(&credentials, &[&[Scheme::Basic]]).unwrap();
        assert_eq!(headers[AUTHORIZATION], "Basic dTpww6Q=");
        let (url, headers) = applied(&credentials, &[]).unwrap();
        assert_eq!((url.as_str(), headers.len()), ("https://example.com/a?b=c", 1));
        let credentials = credentials.with_token(Token::new("T").unwrap());
        assert_eq!(applied(&credentials, &[&[], &[Scheme::Token]]).unwrap().1[AUTHORIZATION], "Bearer T");
    }

    #[test]
    fn what_is_missing_is_told_and_nothing_is_shown() {
        let none = Credentials::default();
        let error = applied(&none, &[&[KEY, Scheme::Basic], &[Scheme::Token]]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "credentials: the call needs the key `X-Key` and the user's password, or the token; set it on the client's builder"
        );
        assert_eq!(applied(&none, &[&[KEY], &[]]).unwrap().1.len(), 1);
        for (scheme, value) in [(KEY, "SECRET\r\nX: y"), (COOKIE_KEY, "SECRET; x"), (QUERY, "")] {
            let error = Credentials::default().with(scheme, value).err().unwrap();
            assert!(!format!("{error} {error:?}").contains("SECRET"), "{error}");
        }
    }
}
