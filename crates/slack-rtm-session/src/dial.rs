//! Connects to the first reachable address of a host ("happy eyeballs", RFC 8305).

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// How long to wait for one address before the next is tried in parallel, as RFC 8305 recommends.
const HEAD_START: Duration = Duration::from_millis(250);

/// A TCP connection, with the addresses that failed before it succeeded.
#[derive(Debug)]
#[non_exhaustive]
pub struct DialedStream {
    /// The connected stream.
    pub stream: TcpStream,
    /// The address of the peer.
    pub peer: SocketAddr,
    /// The addresses that refused the connection or did not answer, with the error of each.
    pub failed_attempts: Vec<(SocketAddr, io::Error)>,
}

/// Looks up the addresses of a host; an IP address is returned as it is.
pub(crate) async fn resolve(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let addresses: Vec<_> = lookup_host((host, port)).await?.collect();
    if addresses.is_empty() {
        return Err(io::Error::new(io::ErrorKind::NotFound, "the host has no address"));
    }
    Ok(addresses)
}

/// Connects to the first address that answers. The next address is tried when the previous one has failed or has not answered within [`HEAD_START`]; earlier attempts
/// continue meanwhile.
pub(crate) async fn dial(addresses: &[SocketAddr]) -> io::Result<DialedStream> {
    let mut left = alternate(addresses).into_iter();
    let mut attempts = JoinSet::new();
    let mut waiting = Vec::new();
    let mut failed = Vec::new();
    loop {
        match left.next() {
            Some(address) => {
                waiting.push(address);
                attempts.spawn(async move { (address, connect(address).await) });
            }
            None if attempts.is_empty() => return Err(failure(failed)),
            None => {}
        }
        let next = attempts.join_next();
        let ended = if left.len() > 0 {
            // No attempt has ended in time: start the next one.
            let Ok(ended) = timeout(HEAD_START, next).await else { continue };
            ended
        } else {
            next.await
        };
        let Some(ended) = ended else { continue };
        let (address, outcome) = ended.map_err(io::Error::other)?;
        waiting.retain(|other| *other != address);
        match outcome {
            Ok(stream) => {
                let silent = waiting.into_iter().map(|other| (other, io::ErrorKind::TimedOut.into()));
                failed.extend(silent);
                return Ok(DialedStream { stream, peer: address, failed_attempts: failed });
            }
            Err(error) => failed.push((address, error)),
        }
    }
}

async fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    // Frames are small and must not wait in Nagle's buffer.
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Interleaves IPv4 and IPv6 addresses, starting with the family of the first one: if a family is unreachable, usually all of its addresses are.
fn alternate(addresses: &[SocketAddr]) -> Vec<SocketAddr> {
    let is_first =
        |address: &&SocketAddr| Some(address.is_ipv6()) == addresses.first().map(SocketAddr::is_ipv6);
    let mut others = addresses.iter().filter(|address| !is_first(address));
    let mut order = Vec::with_capacity(addresses.len());
    for address in addresses.iter().filter(is_first) {
        order.push(*address);
        order.extend(others.next());
    }
    order.extend(others);
    order
}

/// Returns the system's error for a single address, or one error that lists those of several.
fn failure(mut failed: Vec<(SocketAddr, io::Error)>) -> io::Error {
    let reasons: Vec<_> = failed.iter().map(|(address, error)| format!("{address}: {error}")).collect();
    match failed.pop() {
        None => io::Error::new(io::ErrorKind::NotFound, "there is no address to connect to"),
        Some((_, only)) if failed.is_empty() => only,
        Some((_, last)) => {
            let message = format!("no address of the host is reachable ({})", reasons.join("; "));
            io::Error::new(last.kind(), message)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    /// Returns an address on which nothing listens.
    async fn dead() -> SocketAddr {
        TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
    }

    #[tokio::test]
    async fn unreachable_addresses_are_skipped_and_reported() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (good, first, second) = (listener.local_addr().unwrap(), dead().await, dead().await);
        let dialed = dial(&[first, second, good]).await.unwrap();
        assert_eq!(dialed.peer, good);
        let passed: Vec<_> =
            dialed.failed_attempts.iter().map(|(address, error)| (*address, error.kind())).collect();
        assert_eq!(passed, [first, second].map(|address| (address, io::ErrorKind::ConnectionRefused)));
        assert!(dialed.stream.nodelay().unwrap());
        assert!(dial(&[good, first]).await.unwrap().failed_attempts.is_empty());
    }

    #[tokio::test]
    async fn a_silent_address_does_not_block_the_others() {
        // An address that is reserved for documentation and does not answer, or is unreachable.
        let silent = "192.0.2.1:9".parse().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let dialed = timeout(Duration::from_secs(5), dial(&[silent, listener.local_addr().unwrap()])).await;
        assert_eq!(dialed.unwrap().unwrap().failed_attempts[0].0, silent);
    }

    #[tokio::test]
    async fn the_error_names_every_address() {
        let (first, second) = (dead().await, dead().await);
        let error = dial(&[first, second]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
        let said = error.to_string();
        assert!(said.contains(&first.to_string()) && said.contains(&second.to_string()), "{said}");
        assert!(dial(&[first]).await.unwrap_err().raw_os_error().is_some());
        assert_eq!(dial(&[]).await.unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn address_families_alternate() {
        let parse =
            |list: &str| -> Vec<SocketAddr> { list.split(' ').map(|text| text.parse().unwrap()).collect() };
        assert_eq!(
            alternate(&parse("[::1]:1 [::2]:1 [::3]:1 1.1.1.1:1 2.2.2.2:1")),
            parse("[::1]:1 1.1.1.1:1 [::2]:1 2.2.2.2:1 [::3]:1")
        );
        assert_eq!(alternate(&parse("1.1.1.1:1 [::1]:1 [::2]:1")), parse("1.1.1.1:1 [::1]:1 [::2]:1"));
        assert!(alternate(&[]).is_empty());
    }

    #[tokio::test]
    async fn a_literal_is_not_looked_up() {
        assert_eq!(resolve("::1", 7).await.unwrap(), ["[::1]:7".parse().unwrap()]);
        assert!(resolve("host.invalid", 7).await.is_err());
    }
}
