print("payrelay")
