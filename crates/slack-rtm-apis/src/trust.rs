//! The system's certificates. They are read when the first TLS handshake wants them: that takes some milliseconds, and a system without any can still reach what
//! needs no TLS.

use std::error::Error as StdError;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, OtherError, SignatureScheme};
use rustls_platform_verifier::Verifier;

use crate::ConfigError;

/// rustls with the system's certificates, one configuration for the whole process.
pub(crate) fn default_config() -> Result<Arc<ClientConfig>, ConfigError> {
    static DEFAULT: OnceLock<Arc<ClientConfig>> = OnceLock::new();

    if let Some(config) = DEFAULT.get() {
        return Ok(config.clone());
    }
    let provider = provider()?;
    let trust = Arc::new(SystemTrust { provider: provider.clone(), verifier: Mutex::default() });
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| ConfigError::new("tls", "rustls cannot be used").with_source(error))?
        .dangerous()
        .with_custom_certificate_verifier(trust)
        .with_no_client_auth();
    Ok(DEFAULT.get_or_init(|| Arc::new(config)).clone())
}

/// The provider that the program has installed for its process, else the one that is compiled in.
///
/// It is named: rustls's own choice panics in a program that has several, as it may have by way of its other dependencies.
fn provider() -> Result<Arc<CryptoProvider>, ConfigError> {
    if let Some(installed) = CryptoProvider::get_default() {
        return Ok(installed.clone());
    }
    #[cfg(feature = "ring")]
    return Ok(Arc::new(rustls::crypto::ring::default_provider()));
    #[cfg(all(feature = "aws-lc-rs", not(feature = "ring")))]
    return Ok(Arc::new(rustls::crypto::aws_lc_rs::default_provider()));
    #[cfg(not(any(feature = "ring", feature = "aws-lc-rs")))]
    Err(ConfigError::new(
        "tls",
        "rustls has no cryptography: enable the feature `ring` or `aws-lc-rs`, or install a `CryptoProvider` for the process before the client is built",
    ))
}

/// The platform's verifier, made on first use. A failure is not kept: the certificates may be installed meanwhile.
#[derive(Debug)]
struct SystemTrust {
    provider: Arc<CryptoProvider>,
    verifier: Mutex<Option<Arc<Verifier>>>,
}

impl SystemTrust {
    fn verifier(&self) -> Result<Arc<Verifier>, rustls::Error> {
        let mut verifier = self.verifier.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(verifier) = &*verifier {
            return Ok(verifier.clone());
        }
        let made = Verifier::new(self.provider.clone())
            .map_err(|error| rustls::Error::Other(OtherError(Arc::new(TrustError(error)))))?;
        Ok(verifier.insert(Arc::new(made)).clone())
    }
}

impl ServerCertVerifier for SystemTrust {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.verifier()?.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// The system has no certificates to trust. It is found within the [`rustls::Error::Other`] of a failed TLS handshake.
#[derive(Debug)]
pub struct TrustError(rustls::Error);

impl fmt::Display for TrustError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "this system has no certificates to trust: install them (on Debian and Alpine, the package ca-certificates), or set SSL_CERT_FILE to a file that has them",
        )
    }
}

impl StdError for TrustError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_configuration_serves_the_process() {
        assert!(Arc::ptr_eq(&default_config().unwrap(), &default_config().unwrap()));
    }
}
