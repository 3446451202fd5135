//! slack-rtm beside a crate that uses rustls with its defaults: neither makes the other panic.

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::{ClientConfig, RootCertStore};
use slack_rtm::Client;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Ours comes first, and leaves the choice of a process-wide provider to the program. With the feature `rustls` alone there is nothing to choose from.
    if cfg!(any(feature = "ring", feature = "aws-lc-rs")) {
        client()?;
    } else {
        let refused = client().expect_err("there is no provider");
        assert!(refused.to_string().contains("CryptoProvider"), "{refused}");
    }
    assert!(CryptoProvider::get_default().is_none());

    // rustls chooses by its own features, which it can do as long as nothing has given it `ring` as well. A program in which something has installs its choice.
    if cfg!(feature = "ring") {
        aws_lc_rs::default_provider().install_default().map_err(|_| "a provider is installed")?;
    }
    let theirs = ClientConfig::builder().with_root_certificates(RootCertStore::empty()).with_no_client_auth();

    let ours = client()?;
    let provider = ours.rustls_config().crypto_provider();
    assert_eq!(provider.cipher_suites.len(), theirs.crypto_provider().cipher_suites.len());
    // The first configuration serves the whole process. Otherwise ours goes by what is installed.
    assert_eq!(Arc::ptr_eq(provider, theirs.crypto_provider()), !cfg!(any(feature = "ring", feature = "aws-lc-rs")));
    println!("slack-rtm beside rustls: no panic");
    Ok(())
}

fn client() -> Result<Client, Box<dyn std::error::Error>> {
    Ok(Client::builder().token("xoxb-test").build()?)
}
