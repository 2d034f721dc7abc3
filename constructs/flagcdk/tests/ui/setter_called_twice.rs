use flagcdk::cfn;

fn main() {
    let _ = cfn::sns::Subscription::new().protocol("sqs").protocol("lambda");
}
