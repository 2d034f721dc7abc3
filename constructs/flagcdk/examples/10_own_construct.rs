//! A construct of one's own: props with a builder, a check, handles, and a grant.

use flagcdk::iam::Grantee;
use flagcdk::lambda::{Code, Function, FunctionProps};
use flagcdk::s3::{Bucket, BucketProps, BucketRef};
use flagcdk::sqs::{Queue, QueueProps, QueueRef};
use flagcdk::{App, ExitCode, Placement, Region, Scope};
use typed_builder::TypedBuilder;

/// How an [`Inbox`] is made.
#[derive(Clone, Debug, TypedBuilder)]
struct InboxProps {
    /// What papers are about, in lower case.
    #[builder(setter(into))]
    subject: String,
    /// For how many days its messages are kept; by default 14.
    #[builder(default = 14)]
    retention_days: u32,
}

/// A place for papers: a bucket for them, and a queue that says which to read.
struct Inbox {
    papers: Bucket,
    notes: Queue,
    subject: String,
}

impl Inbox {
    fn new(scope: &Scope, id: &str, props: InboxProps) -> Self {
        let scope = scope.construct(id);
        if props.subject.chars().any(char::is_uppercase) {
            let message = format!("the subject is to be in lower case, got `{}`", props.subject);
            scope.error("shop::subject", message, "write it in lower case");
        }
        let papers = Bucket::new(&scope, "Papers", BucketProps::builder().build());
        let notes = Queue::new(&scope, "Notes", QueueProps::builder().retention_days(props.retention_days).build());
        Self { papers, notes, subject: props.subject }
    }

    /// Lets somebody put papers of the subject, and say so.
    fn grant_hand_in(&self, grantee: &impl Grantee) {
        AsRef::<BucketRef>::as_ref(&self.papers).below(&format!("{}/", self.subject)).grant_put(grantee);
        AsRef::<QueueRef>::as_ref(&self.notes).grant_send(grantee);
    }
}

pub(crate) fn app() -> App {
    let app = App::new("shop", Region::EU_WEST_1);
    let stack = app.stack("Papers", Placement::Home);
    let inbox = Inbox::new(&stack, "Invoices", InboxProps::builder().subject("invoices").build());
    let scan = Function::new(&stack, "Scan", FunctionProps::builder().code(Code::cargo("scan")).build());
    inbox.grant_hand_in(&scan);
    app
}

fn main() -> ExitCode {
    flagcdk::main(|_| app())
}
