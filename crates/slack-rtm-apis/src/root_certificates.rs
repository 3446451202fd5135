//! The root certificates of the system. They are loaded at the first TLS handshake, because loading takes some milliseconds and a system without certificates
//! can still use connections without TLS.

use std::error::Error as StdError;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, OtherError, SignatureScheme};
use rustls_platform_verifier::Verifier;

use crate::ConfigError;

/// Returns the rustls configuration that trusts the root certificates of the system. It is shared by the whole process.
pub(crate) fn default_config() -> Result<Arc<ClientConfig>, ConfigError> {
    static DEFAULT: OnceLock<Arc<ClientConfig>> = OnceLock::new();

    if let Some(config) = DEFAULT.get() {
        return Ok(config.clone());
    }
    let provider = provider()?;
    let trust = Arc::new(SystemTrust { provider: provider.clone(), verifier: Mutex::default() });
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| ConfigError::new("tls", "cannot configure rustls").with_source(error))?
        .dangerous()
        .with_custom_certificate_verifier(trust)
        .with_no_client_auth();
    Ok(DEFAULT.get_or_init(|| Arc::new(config)).clone())
}

/// Returns the provider that the program installed for the process, or else the one of the enabled feature.
///
/// It is passed explicitly: the automatic choice of rustls panics in a program with several providers, such as through other dependencies.
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
        "no cryptography provider for rustls; enable the feature `ring` or `aws-lc-rs`, or install a `CryptoProvider` before the client is built",
    ))
}

/// The verifier of the platform, created on first use. A failure is not cached, since certificates can be installed later.
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
        let created = Verifier::new(self.provider.clone())
            .map_err(|error| rustls::Error::Other(OtherError(Arc::new(TrustError(error)))))?;
        Ok(verifier.insert(Arc::new(created)).clone())
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

/// The system has no root certificates. The [`rustls::Error::Other`] of a failed TLS handshake contains this error.
#[derive(Debug)]
pub struct TrustError(rustls::Error);

impl fmt::Display for TrustError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the system has no root certificates; install them (the package ca-certificates on Debian and Alpine), or set SSL_CERT_FILE to a file that contains them",
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
    fn the_process_shares_one_configuration() {
        assert!(Arc::ptr_eq(&default_config().unwrap(), &default_config().unwrap()));
    }
}
