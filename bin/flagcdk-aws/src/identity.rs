//! Who is asking, and which regions the account may use.

use flagcdk_assembly::Region;
use flagcdk_engine::{CloudError, ErrorKind, Identity};

use crate::connection::AwsCloud;
use crate::errors::Failure;
use crate::requests::Call;

const GET_CALLER_IDENTITY: &str = "sts:GetCallerIdentity";

impl AwsCloud {
    /// Who is asking. STS is asked once; a run does not change its account.
    pub(crate) async fn who(&self) -> Result<&Identity, CloudError> {
        self.identity.get_or_try_init(|| self.ask_who()).await
    }

    async fn ask_who(&self) -> Result<Identity, CloudError> {
        let call = Call::new(GET_CALLER_IDENTITY, self.home_region);
        let answer = self.send(call, async || self.sts(call.region).get_caller_identity().send().await).await?;
        let (Some(account), Some(arn)) = (answer.account, answer.arn) else {
            return Err(call.error(ErrorKind::Other, "the answer names no account"));
        };
        Ok(Identity { account, arn })
    }

    /// Whether credentials that replace expired ones belong to the same account: to go on in another one would leave
    /// half of everything in each.
    pub(crate) async fn check_account(&self, call: Call) -> Result<(), CloudError> {
        let Some(identity) = self.identity.get() else { return Ok(()) };
        match self.sts(self.home_region).get_caller_identity().send().await {
            Ok(answer) if answer.account.as_ref().is_some_and(|account| *account != identity.account) => {
                let now = answer.account.unwrap_or_default();
                let before = &identity.account;
                let message =
                    format!("the credentials now belong to account `{now}`, and this run began in `{before}`");
                Err(call.error(ErrorKind::Credentials, message))
            }
            Ok(_) => Ok(()),
            // If these have expired too, then the request itself will say so, or it is not needed any more.
            Err(error) => match Failure::of(&error) {
                failure if failure.kind() == ErrorKind::Credentials => Err(call.failed(&failure)),
                _ => Ok(()),
            },
        }
    }

    pub(crate) async fn is_enabled(&self, region: Region) -> Result<bool, CloudError> {
        // Only credentials that the home region takes can tell anything about another region.
        self.who().await?;
        if region == self.home_region {
            return Ok(true);
        }
        let call = Call::new(GET_CALLER_IDENTITY, region);
        let ask = async || self.sts(region).get_caller_identity().send().await;
        let Err(error) = ask().await else { return Ok(true) };
        let failure = Failure::of(&error);
        if failure.is_of_disabled_region() {
            Ok(false)
        } else if failure.has_expired() {
            self.send(call, ask).await.map(|_| true)
        } else {
            Err(call.failed(&failure))
        }
    }
}
