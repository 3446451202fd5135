//! Interactions and slash commands.

use std::ops::Deref;

use slack_rtm_models::{DecodeError, InteractionPayload, SlashCommandPayload};

use crate::Envelope;

/// A user pressed a button, submitted a modal, used a shortcut or opened a menu with dynamic options. Dereferences to its [`Envelope`], which answers it.
///
/// ```no_run
/// # fn f(interaction: slack_rtm_session::Interaction) -> Result<(), Box<dyn std::error::Error>> {
/// use slack_rtm_models::{InteractionPayload, OptionsResponse};
///
/// match interaction.decode()? {
///     InteractionPayload::BlockSuggestion(_) => interaction.respond(&OptionsResponse::new())?,
///     _ => interaction.ack(),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Interaction(pub(crate) Envelope);

impl Interaction {
    /// Decodes the payload. A payload of an unknown type is kept as JSON.
    ///
    /// # Errors
    /// Returns an error if the payload does not fit its type.
    pub fn decode(&self) -> Result<InteractionPayload, DecodeError> {
        slack_rtm_models::decode(self.payload().as_bytes())
    }

    /// Returns the `type` of the payload, such as `block_actions`, if it has one.
    #[must_use]
    pub fn interaction_type(&self) -> Option<&str> {
        self.payload().event_type()
    }
}

/// A user typed a slash command. Dereferences to its [`Envelope`], which answers it.
///
/// ```no_run
/// # fn f(command: slack_rtm_session::SlashCommand) -> Result<(), Box<dyn std::error::Error>> {
/// use slack_rtm_models::CommandResponse;
///
/// let typed = command.decode()?;
/// command.respond(&CommandResponse::new().set_text(format!("{} it is", typed.text.unwrap_or_default())))?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct SlashCommand(pub(crate) Envelope);

impl SlashCommand {
    /// Decodes the payload.
    ///
    /// # Errors
    /// Returns an error if the payload is not an object, or does not name a command.
    pub fn decode(&self) -> Result<SlashCommandPayload, DecodeError> {
        slack_rtm_models::decode(self.payload().as_bytes())
    }
}

impl Deref for Interaction {
    type Target = Envelope;

    fn deref(&self) -> &Envelope {
        &self.0
    }
}

impl Deref for SlashCommand {
    type Target = Envelope;

    fn deref(&self) -> &Envelope {
        &self.0
    }
}
