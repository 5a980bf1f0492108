/* What forms share that a script sends: the word on what went wrong, and a session that is renewed. */
this.satudata = this.satudata || {};
this.satudata.sending = {
  /* login: whether a link to log in stands beside the text */
  say: function (place, text, login, options) {
    place.hidden = !text;
    place.textContent = text;
    if (text && login) {
      var link = document.createElement('a');
      link.href = options.loginUrl;
      link.target = '_blank';
      link.rel = 'noopener';
      link.textContent = options.login;
      place.append(' ', link);
    }
  },

  /* Whether the same person is logged in; the forms of the page then carry a token of this session. */
  renew: function (options) {
    return window.fetch(options.sessionUrl, { credentials: 'same-origin', cache: 'no-store' }).then(function (response) {
      return response.json();
    }).then(function (session) {
      if (!session.user || session.user !== options.user) { return false; }
      document.querySelectorAll('input[name="' + session.field + '"]').forEach(function (input) { input.value = session.token; });
      var meta = document.querySelector('meta[name="' + session.field + '"]');
      if (meta) { meta.content = session.token; }
      return true;
    });
  }
};
