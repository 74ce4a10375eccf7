package codetext

// Registration codes are good for ten minutes. French in short messages keeps
// to the accents that GSM 03.38 has.

var english = texts{
	sms: "{code} is your Parley code. It is good for 10 minutes. Give it to nobody.",
	registration: mail{
		"Parley registration code",
		"{code} is the Parley registration code for {phone}. It is good for 10 minutes. Give it to nobody.\n",
	},
	confirm: mail{
		"Confirm your mail address for Parley",
		"{code} is the code that confirms this address as your recovery address in Parley. It is good for {minutes} minutes. Give it to nobody.\n" +
			"\nIf you did not ask for it, you need not do anything.\n",
	},
	reset: mail{
		"Reset your Parley PIN",
		"{code} is the code to register your number in Parley without its PIN. It is good for {minutes} minutes. Give it to nobody.\n" +
			"\nIf you did not ask for it, somebody else has access to your number: tell your phone company.\n",
	},
}

var french = texts{
	sms: "{code} est votre code Parley. Il est valable 10 minutes. Ne le donnez à personne.",
	registration: mail{
		"Code d’enregistrement Parley",
		"{code} est le code d’enregistrement Parley pour {phone}. Il est valable 10 minutes. Ne le donnez à personne.\n",
	},
	confirm: mail{
		"Confirmez votre adresse e-mail pour Parley",
		"{code} est le code qui confirme cette adresse comme adresse de récupération dans Parley. Il est valable {minutes} minutes. Ne le donnez à personne.\n" +
			"\nSi vous ne l’avez pas demandé, vous n’avez rien à faire.\n",
	},
	reset: mail{
		"Réinitialisation de votre PIN Parley",
		"{code} est le code pour enregistrer votre numéro dans Parley sans son PIN. Il est valable {minutes} minutes. Ne le donnez à personne.\n" +
			"\nSi vous ne l’avez pas demandé, quelqu’un d’autre a accès à votre numéro : prévenez votre opérateur téléphonique.\n",
	},
}

var dutch = texts{
	sms: "{code} is je Parley-code. Hij is 10 minuten geldig. Geef hem aan niemand.",
	registration: mail{
		"Registratiecode van Parley",
		"{code} is de registratiecode van Parley voor {phone}. Hij is 10 minuten geldig. Geef hem aan niemand.\n",
	},
	confirm: mail{
		"Bevestig je e-mailadres voor Parley",
		"{code} is de code die dit adres bevestigt als je hersteladres in Parley. Hij is {minutes} minuten geldig. Geef hem aan niemand.\n" +
			"\nHeb je er niet om gevraagd, dan hoef je niets te doen.\n",
	},
	reset: mail{
		"Je pincode van Parley opnieuw instellen",
		"{code} is de code om je nummer in Parley te registreren zonder pincode. Hij is {minutes} minuten geldig. Geef hem aan niemand.\n" +
			"\nHeb je er niet om gevraagd, dan heeft iemand anders toegang tot je nummer: waarschuw je telefoonbedrijf.\n",
	},
}
