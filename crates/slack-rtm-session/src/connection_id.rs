//! How connections are told apart.

/// The number of a connection, or of an attempt to make one. Within a session no number is used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ConnectionId(pub(crate) u32);

#[cfg(all(test, feature = "socket-mode"))]
impl ConnectionId {
    pub(crate) const FIRST: Self = Self(1);
}
